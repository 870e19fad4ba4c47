# Sourced by .ci/run. `engine_up` gives the machine what the Docker suite needs where it is missing: an engine, its
# client, the Compose CLI and the base image. `engine_down` stops the engine if engine_up started it.
# For Debian (another system needs its own engine), also as root on a machine without systemd.

engine_cache="${XDG_CACHE_HOME:-$HOME/.cache}/medallion-workbench/test-engine"
engine_started=''

engine_answers() {
  docker version --format '{{.Server.APIVersion}}' 2>/dev/null
}

# An archive's packages, unpacked and not installed: they would replace half of this machine's release.
# unpack_from RELEASE FOLDER PACKAGE...
unpack_from() {
  local release=$1 folder=$2 apt mirror package
  shift 2
  apt=$(mktemp -d)
  mirror=$(sed -n 's/^URIs: *\([^ ]*\/debian\)\/* *$/\1/p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -1)
  mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/debs" "$folder"
  touch "$apt/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} $release main" >"$apt/sources.list"
  local options=(-q -o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$apt/lists"
    -o "Dir::State::Status=$apt/status" -o "Dir::Cache=$apt" -o "Dir::Cache::Archives=$apt/archives"
    -o APT::Sandbox::User=root -o Acquire::Languages=none)
  (
    set -e
    apt-get "${options[@]}" update
    cd "$apt/debs"
    apt-get "${options[@]}" download "$@"
    for package in *.deb; do dpkg -x "$package" "$folder"; done
  ) >&2
  local status=$?
  rm -rf "$apt"
  return $status
}

# Debian 12's engine speaks API 1.41, and health checks know start_interval from 1.44 on: the next release's engine runs
# here too, except for its runc; its docker-init is a link to tini's. Else Debian 12's own.
install_engine() {
  local folder="$engine_cache/engine" packages=(docker.io containerd tini) wants=()
  have runc || wants+=(runc)
  have iptables || wants+=(iptables)
  [ "${#wants[@]}" = 0 ] || $sudo apt-get install -y -q --no-install-recommends "${wants[@]}" >&2
  have docker || packages+=(docker-cli)
  if [ ! -e "$folder/.complete" ]; then
    rm -rf "$folder"
    if unpack_from trixie "$folder" "${packages[@]}"; then
      rm -f "$folder/usr/bin/runc" "$folder/usr/sbin/runc"
      touch "$folder/.complete"
    fi
  fi
  if [ -e "$folder/.complete" ] && "$folder/usr/sbin/dockerd" --version >&2 && "$folder/usr/bin/containerd" --version >&2; then
    export PATH="$folder/usr/sbin:$folder/usr/bin:/usr/sbin:/sbin:$PATH"
    # Where the daemon looks for docker-proxy and docker-init besides PATH differs by version; PATH always counts.
  else
    echo 'The engine of Debian 13 does not run here; taking this release'\''s own.' >&2
    $sudo apt-get install -y -q --no-install-recommends docker.io containerd iptables >&2
    export PATH="$PATH:/usr/sbin:/sbin"
  fi
}

# Without systemd, nobody may have mounted the control groups.
mount_cgroups() {
  [ -e /sys/fs/cgroup/cgroup.controllers ] || [ -d /sys/fs/cgroup/memory ] || $sudo mount -t cgroup2 none /sys/fs/cgroup
}

start_engine() {
  local log="$engine_cache/dockerd.log" pidfile="$engine_cache/dockerd.pid" attempt
  mount_cgroups
  for attempt in nft legacy; do
    $sudo rm -f "$pidfile"
    # In a session of its own, so that Ctrl+C reaches the tests first and the engine is stopped after them.
    $sudo env PATH="$PATH" setsid dockerd --pidfile "$pidfile" --group "$(id -gn)" >"$log" 2>&1 &
    local child=$!
    for _ in $(seq 300); do
      if engine_answers >/dev/null; then
        engine_started=$pidfile
        return 0
      fi
      kill -0 "$child" 2>/dev/null || break
      sleep 0.2
    done
    $sudo pkill -F "$pidfile" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
    # A kernel may have only one of the two packet filters.
    [ "$attempt" = nft ] && grep -qi iptables "$log" &&
      $sudo update-alternatives --set iptables /usr/sbin/iptables-legacy >&2 || break
  done
  tail -20 "$log" >&2
  return 1
}

# What the image debian:bookworm-slim holds: the smallest Debian, without documentation.
make_base_image() {
  local folder mirror
  have debootstrap || $sudo apt-get install -y -q --no-install-recommends debootstrap >&2
  folder=$(mktemp -d)
  mirror=$(sed -n 's/^URIs: *\([^ ]*\/debian\)\/* *$/\1/p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -1)
  $sudo debootstrap --variant=minbase bookworm "$folder" "${mirror:-http://deb.debian.org/debian}" >"$engine_cache/debootstrap.log" 2>&1 ||
    { tail -5 "$engine_cache/debootstrap.log" >&2; return 1; }
  local slim='usr/share/doc usr/share/man usr/share/info usr/share/locale usr/share/lintian var/cache/apt var/lib/apt/lists'
  for part in $slim; do $sudo find "$folder/$part" -mindepth 1 ! -type d ! -name copyright -delete; done
  for part in doc groff info linda lintian locale man; do echo "path-exclude /usr/share/$part/*"; done |
    $sudo tee "$folder/etc/dpkg/dpkg.cfg.d/docker" >/dev/null
  echo 'path-include /usr/share/doc/*/copyright' | $sudo tee -a "$folder/etc/dpkg/dpkg.cfg.d/docker" >/dev/null
  $sudo tar -C "$folder" -c . | docker import --change 'CMD ["bash"]' - "$1" >/dev/null
  $sudo rm -rf "$folder"
}

compose_version() {
  "$1" version --short 2>/dev/null | grep -Ev '^v?1\.'
}

# The newest that Debian has; unstable's runs here, for it is a Go program.
install_compose() {
  local folder release program
  for program in docker-compose {"$HOME/.docker",/usr/local/lib/docker,/usr/libexec/docker,/usr/lib/docker}/cli-plugins/docker-compose; do
    if compose_version "$program" >/dev/null; then
      MEDALLION_TEST_COMPOSE=$(command -v "$program")
      export MEDALLION_TEST_COMPOSE
      return 0
    fi
  done
  for release in sid trixie; do
    folder="$engine_cache/compose-$release"
    program="$folder/usr/libexec/docker/cli-plugins/docker-compose"
    [ -x "$program" ] || unpack_from "$release" "$folder" docker-compose || continue
    if compose_version "$program" >/dev/null; then
      export MEDALLION_TEST_COMPOSE=$program
      return 0
    fi
  done
  echo 'No Compose CLI could be installed.' >&2
  return 1
}

# Never fails: the suite itself says what is missing, and then fails.
engine_up() {
  local base=debian:bookworm-slim
  mkdir -p "$engine_cache"
  if [ -z "$(engine_answers)" ]; then
    install_engine && start_engine || { echo 'No Docker engine could be started here.' >&2; return 0; }
  fi
  echo "Docker engine with API $(engine_answers)" >&2
  install_compose && echo "Compose CLI $(compose_version "$MEDALLION_TEST_COMPOSE")" >&2 || true
  docker image inspect "$base" >/dev/null 2>&1 ||
    timeout 300 docker pull -q "$base" >&2 ||
    make_base_image "$base" || echo "The image $base could neither be pulled nor made." >&2
}

engine_down() {
  [ -n "$engine_started" ] || return 0
  local pid
  pid=$($sudo cat "$engine_started" 2>/dev/null) || return 0
  $sudo kill "$pid" 2>/dev/null || true
  for _ in $(seq 150); do
    $sudo kill -0 "$pid" 2>/dev/null || break
    sleep 0.2
  done
  engine_started=''
}
