"""Where npm would get a package from: `.npmrc` files and `npm_config_*` variables.

Semantics: https://docs.npmjs.com/cli/configuring-npm/npmrc, the project's file before the user's before the global one.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import urllib.parse
from collections.abc import Mapping
from pathlib import Path

from transport import Source, basic, host_matches, open_url, split_credentials

DEFAULT_REGISTRY = "https://registry.npmjs.org/"


def read_npmrc(text: str, environ: Mapping[str, str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for line in text.splitlines():
        line = line.strip()
        if not line or line[0] in "#;[":
            continue
        key, separator, value = line.partition("=")
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]

        def known(match: re.Match[str]) -> str:
            # ${NAME} stays as it is where it is not set; ${NAME?} becomes empty.
            name, optional = match[1], match[2]
            return environ.get(name, "" if optional else match[0])

        values[key.strip()] = re.sub(r"\$\{([^}?]+)(\?)?\}", known, value) if separator else "true"
    return values


def read_config(
    environ: Mapping[str, str] = os.environ, home: Path | None = None, project: Path | None = None
) -> dict[str, str]:
    """npm's configuration as far as downloads need it. Keys are written as in `.npmrc`."""
    home = home or Path(environ.get("HOME") or Path.home())
    variables: dict[str, str] = {}
    for name, value in environ.items():
        if name.lower().startswith("npm_config_") and value:
            key = name[len("npm_config_") :]
            # A scope or a host keeps its case and its underscores; an ordinary key is written with dashes.
            variables[key if key.startswith(("@", "/")) else key.lower().replace("_", "-")] = value
    user = Path(variables.get("userconfig", home / ".npmrc"))
    globals_ = variables.get("globalconfig")
    node = shutil.which("node", path=environ.get("PATH"))
    if not globals_ and node:
        prefix = variables.get("prefix") or str(Path(node).resolve().parent.parent)
        globals_ = str(Path(prefix) / "etc" / "npmrc")
    merged: dict[str, str] = {}
    for file in (Path(globals_) if globals_ else None, user, (project or Path.cwd()) / ".npmrc"):
        try:
            if file is not None:
                merged.update(read_npmrc(file.read_text("utf-8"), environ))
        except OSError:
            continue
    return {**merged, **variables}


def registry_for(config: Mapping[str, str], package: str) -> str:
    scope = package.split("/")[0] if package.startswith("@") else ""
    registry = config.get(f"{scope}:registry") or config.get("registry") or DEFAULT_REGISTRY
    return registry.rstrip("/") + "/"


def credentials(config: Mapping[str, str], url: str) -> dict[str, str]:
    """The Authorization header for an address: the keys of the longest `//host/path/` that it lies below."""
    parts = urllib.parse.urlsplit(url)
    path = f"//{parts.netloc}{parts.path}"
    while path.startswith("//") and len(path) > 2:
        path = path[: path.rstrip("/").rfind("/") + 1] if not path.endswith("/") else path
        for key in (path, path.rstrip("/")):
            if token := config.get(f"{key}:_authToken"):
                return {"Authorization": f"Bearer {token}"}
            if auth := config.get(f"{key}:_auth"):
                return {"Authorization": f"Basic {auth}"}
            user, password = config.get(f"{key}:username"), config.get(f"{key}:_password")
            if user and password:
                return {"Authorization": basic(user, base64.b64decode(password).decode("utf-8"))}
        path = path.rstrip("/")
    return {}


def proxy_for(config: Mapping[str, str], url: str) -> str | None:
    parts = urllib.parse.urlsplit(url)
    bypass = config.get("noproxy") or config.get("no-proxy") or ""
    proxy = config.get("https-proxy") if parts.scheme == "https" else None
    proxy = proxy or config.get("proxy")
    if not proxy or proxy in ("null", "false"):
        return None
    return "" if host_matches(parts.hostname or "", bypass) else proxy


def source(config: Mapping[str, str], url: str, hint: str) -> Source:
    address, login = split_credentials(url)
    return Source(
        address,
        hint,
        headers={**login, **credentials(config, address)},
        proxy=proxy_for(config, address),
        certificates=tuple(filter(None, [config.get("cafile")])),
        verify_tls=config.get("strict-ssl", "true") != "false",
    )


def sources(config: Mapping[str, str], package: str, version: str) -> list[Source]:
    """The tarball's usual address, which needs no question to the registry."""
    registry = registry_for(config, package)
    hint = "npm's default" if registry == DEFAULT_REGISTRY else "the registry in npm's configuration"
    base = package.rsplit("/", 1)[-1]
    return [source(config, f"{registry}{package}/-/{base}-{version}.tgz", hint)]


def described_source(config: Mapping[str, str], package: str, version: str) -> Source | None:
    """The address that the registry itself names, for registries with a layout of their own."""
    registry = registry_for(config, package)
    name = urllib.parse.quote(package, safe="@")
    hint = "the registry in npm's configuration"
    with open_url(source(config, f"{registry}{name}", hint), {"Accept": "application/json"}) as answer:
        try:
            tarball = json.load(answer)["versions"][version]["dist"]["tarball"]
        except (ValueError, KeyError, TypeError):
            return None
    return source(config, str(tarball), hint)
