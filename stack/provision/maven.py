"""Where Maven would get a jar from: `settings.xml` with its mirrors, profiles, servers and proxies.

Semantics: https://maven.apache.org/guides/mini/guide-mirror-settings.html and the settings reference.
"""

from __future__ import annotations

import os
import re
import shlex
import urllib.parse
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from report import ProvisionError
from transport import Source, basic, host_matches, split_credentials

CENTRAL = "https://repo.maven.apache.org/maven2"


@dataclass
class MavenSettings:
    # (id, mirrorOf, url, blocked), in the file's order.
    mirrors: list[tuple[str, str, str, bool]] = field(default_factory=list)
    # Repositories of active profiles: id -> url.
    repositories: dict[str, str] = field(default_factory=dict)
    # Server id -> headers.
    servers: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)
    # (protocol, proxy url with credentials, nonProxyHosts)
    proxies: list[tuple[str, str, str]] = field(default_factory=list, repr=False)
    # Servers whose password only Maven itself can decrypt.
    encrypted: set[str] = field(default_factory=set)
    local_repository: str | None = None


def settings_files(environ: Mapping[str, str], home: Path) -> list[Path]:
    """The installation's settings, then the user's, which win. `MAVEN_ARGS=-s FILE` names another user file."""
    user = home / ".m2" / "settings.xml"
    try:
        words = shlex.split(environ.get("MAVEN_ARGS", ""))
    except ValueError:
        words = []
    for flag in ("-s", "--settings"):
        if flag in words[:-1]:
            user = Path(words[words.index(flag) + 1]).expanduser()
    roots = [environ[name] for name in ("MAVEN_HOME", "M2_HOME") if environ.get(name)]
    return [*(Path(root) / "conf" / "settings.xml" for root in roots[:1]), user]


def read_settings(environ: Mapping[str, str] = os.environ, home: Path | None = None) -> MavenSettings:
    settings = MavenSettings()
    home = home or Path(environ.get("HOME") or Path.home())
    # The user's file is read first, so that its mirrors are asked first and its other values stay.
    for file in reversed(settings_files(environ, home)):
        if file.is_file():
            _merge(settings, file, environ, home)
    return settings


def _merge(settings: MavenSettings, file: Path, environ: Mapping[str, str], home: Path) -> None:
    try:
        root = ElementTree.parse(file).getroot()
    except (ElementTree.ParseError, OSError) as error:
        raise ProvisionError("invalid", f"Maven's settings in {file} cannot be read: {error}.") from error
    for element in root.iter():
        # The namespace differs with the settings' version; the names do not.
        element.tag = element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""

    def value(text: str | None) -> str:
        def known(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("env."):
                return environ.get(name[4:], "")
            return str(home) if name == "user.home" else match[0]

        return re.sub(r"\$\{([^}]+)\}", known, (text or "").strip())

    def child(element: ElementTree.Element, name: str, default: str = "") -> str:
        return value(element.findtext(name)) or default

    for mirror in root.findall("mirrors/mirror"):
        blocked = child(mirror, "blocked") == "true"
        settings.mirrors.append((child(mirror, "id"), child(mirror, "mirrorOf"), child(mirror, "url"), blocked))

    active = {value(e.text) for e in root.findall("activeProfiles/activeProfile")}
    for profile in root.findall("profiles/profile"):
        by_default = child(profile, "activation/activeByDefault") == "true"
        if child(profile, "id") in active or by_default:
            for repository in profile.findall("repositories/repository"):
                if child(repository, "releases/enabled", "true") == "true":
                    settings.repositories.setdefault(child(repository, "id"), child(repository, "url"))

    for server in root.findall("servers/server"):
        name, headers = child(server, "id"), {}
        password = child(server, "password")
        if re.fullmatch(r".*\{[^}]+\}.*", password):
            settings.encrypted.add(name)
        elif child(server, "username"):
            headers["Authorization"] = basic(child(server, "username"), password)
        for prop in server.findall("configuration/httpHeaders/property"):
            headers[child(prop, "name")] = child(prop, "value")
        settings.servers.setdefault(name, headers)

    for proxy in root.findall("proxies/proxy"):
        if child(proxy, "active", "true") != "true" or not child(proxy, "host"):
            continue
        user, secret = child(proxy, "username"), child(proxy, "password")
        login = f"{urllib.parse.quote(user, safe='')}:{urllib.parse.quote(secret, safe='')}@" if user else ""
        address = f"http://{login}{child(proxy, 'host')}:{child(proxy, 'port', '8080')}"
        protocol = child(proxy, "protocol", "http").lower()
        settings.proxies.append((protocol, address, child(proxy, "nonProxyHosts")))

    settings.local_repository = settings.local_repository or child(root, "localRepository") or None


def mirror_matches(mirror_of: str, repository: str, url: str) -> bool:
    """`central`, `*`, `external:*`, `external:http:*`, lists of them, and `!central`, which excludes."""
    parts = urllib.parse.urlsplit(url)
    external = parts.scheme != "file" and parts.hostname not in ("localhost", "127.0.0.1")
    matched = False
    for pattern in (p.strip() for p in mirror_of.split(",")):
        if pattern == f"!{repository}":
            return False
        if pattern == repository:
            return True
        matched = matched or (
            pattern == "*"
            or (pattern == "external:*" and external)
            or (pattern == "external:http:*" and external and parts.scheme == "http")
        )
    return matched


def proxy_for(settings: MavenSettings, url: str) -> str | None:
    parts = urllib.parse.urlsplit(url)
    for protocols in ((parts.scheme,), ("http", "https")):
        for protocol, address, bypass in settings.proxies:
            if protocol in protocols:
                return "" if host_matches(parts.hostname or "", bypass, r"[|,\s]+") else address
    return None


def sources(settings: MavenSettings, group: str, artefact: str, version: str) -> list[Source]:
    """The addresses of a jar, in the order to try them."""
    path = f"{group.replace('.', '/')}/{artefact}/{version}/{artefact}-{version}.jar"
    found: list[Source] = []
    repositories = {"central": CENTRAL, **settings.repositories}
    for name, url in repositories.items():
        server, hint = name, "Maven's default" if url == CENTRAL else f"repository {name} in Maven's settings.xml"
        exact = [m for m in settings.mirrors if m[1] == name]
        mirrors = exact or [m for m in settings.mirrors if mirror_matches(m[1], name, url)]
        if mirrors:
            server, _, url, blocked = mirrors[0]
            hint = f"mirror {server} in Maven's settings.xml"
            if blocked:
                raise ProvisionError("denied", f"Maven's settings.xml blocks {name} with the mirror {server}.")
        if server in settings.encrypted:
            raise ProvisionError(
                "denied",
                f"The password of server {server} in Maven's settings.xml is encrypted, and only Maven can read it. "
                "Use ${env.NAME} there, and set that variable.",
            )
        address, login = split_credentials(url.rstrip("/") + "/" + path)
        headers = {**login, **settings.servers.get(server, {})}
        if all(address != source.url for source in found):
            found.append(Source(address, hint, headers=headers, proxy=proxy_for(settings, address)))
    return found


def local_copy(settings: MavenSettings, home: Path, group: str, artefact: str, version: str) -> Path:
    """Where Maven itself keeps the jar once it has fetched it."""
    root = Path(settings.local_repository) if settings.local_repository else home / ".m2" / "repository"
    return root / group.replace(".", "/") / artefact / version / f"{artefact}-{version}.jar"
