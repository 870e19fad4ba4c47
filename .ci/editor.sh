# Sourced by .ci/run. `editor_packages` says which packages this machine lacks for the tests in the editor: a browser, and
# what code-server's native modules are compiled with. The suite itself installs code-server.

editor_packages() {
  have chromium || have chromium-browser || have google-chrome || echo chromium
  have g++ && have make || echo build-essential
  [ -e /usr/include/gssapi/gssapi_krb5.h ] || echo libkrb5-dev
  # Text without a font is boxes.
  ls /usr/share/fonts/truetype/*/*.ttf >/dev/null 2>&1 || echo fonts-dejavu-core
}
