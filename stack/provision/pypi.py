"""Where pip would get a source distribution from: its own configuration, asked from pip itself.

Simple index: https://packaging.python.org/en/latest/specifications/simple-repository-api/ (JSON, with HTML as fallback).
"""

from __future__ import annotations

import ast
import html.parser
import json
import netrc
import os
import subprocess
import urllib.error
import urllib.parse
from collections.abc import Mapping
from pathlib import Path

from transport import Source, basic, open_url, split_credentials

DEFAULT_INDEX = "https://pypi.org/simple"
ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


def pip_config(python: str) -> dict[str, str]:
    """`pip config list` of the given Python: what files and PIP_* variables say, for `pip install`."""
    listed = subprocess.run([python, "-m", "pip", "config", "list"], capture_output=True, text=True, timeout=60)
    return parse_config(listed.stdout)


def parse_config(text: str) -> dict[str, str]:
    values: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        key, separator, value = line.partition("=")
        section, _, name = key.strip().rpartition(".")
        if not separator or not name:
            continue
        try:
            values.setdefault(section, {})[name] = str(ast.literal_eval(value))
        except (ValueError, SyntaxError):
            values.setdefault(section, {})[name] = value
    return {**values.get("global", {}), **values.get("install", {}), **values.get(":env:", {})}


def _words(value: str | None) -> list[str]:
    return (value or "").split()


def source(config: Mapping[str, str], url: str, hint: str, environ: Mapping[str, str] = os.environ) -> Source:
    address, headers = split_credentials(url)
    parts = urllib.parse.urlsplit(address)
    if not headers:
        headers = _netrc(parts.hostname or "", environ)
    trusted = {word.split(":")[0] for word in _words(config.get("trusted-host"))}
    return Source(
        address,
        hint,
        headers=headers,
        proxy=config.get("proxy") or None,
        certificates=tuple(filter(None, [config.get("cert")])),
        client_certificate=config.get("client-cert") or None,
        verify_tls=parts.hostname not in trusted,
    )


def _netrc(host: str, environ: Mapping[str, str]) -> dict[str, str]:
    try:
        login = netrc.netrc(environ.get("NETRC")).authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return {}
    return {"Authorization": basic(login[0], login[2] or "")} if login else {}


class _Links(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links += [value for name, value in attrs if name == "href" and value]


def find_link(page: str, content_type: str, filename: str) -> str | None:
    """The address (possibly relative) of a file on a project's page of a simple index."""
    if "json" in content_type:
        files = json.loads(page).get("files", [])
        return next((str(f["url"]) for f in files if f.get("filename") == filename), None)
    parser = _Links()
    parser.feed(page)
    for link in parser.links:
        path = urllib.parse.unquote(urllib.parse.urlsplit(link).path)
        if path.rsplit("/", 1)[-1] == filename:
            return link.split("#")[0]
    return None


def local_copy(config: Mapping[str, str], filename: str) -> Path | None:
    """The file in a directory of `find-links`."""
    for place in _words(config.get("find-links")):
        path = Path(urllib.parse.unquote(place[len("file://") :]) if place.startswith("file://") else place)
        if (path.expanduser() / filename).is_file():
            return path.expanduser() / filename
    return None


def sources(config: Mapping[str, str], project: str, filename: str) -> list[Source]:
    """Asks each index of pip's configuration for the file. Throws the last index's error if none could be asked."""
    indexes = (
        [] if config.get("no-index", "").lower() in ("1", "true", "yes") else [config.get("index-url") or DEFAULT_INDEX]
    )
    indexes += _words(config.get("extra-index-url")) if indexes else []
    found: list[Source] = []
    fault: OSError | None = None
    for index in indexes:
        hint = "pip's default" if index.rstrip("/") == DEFAULT_INDEX else "the index in pip's configuration"
        page = source(config, f"{index.rstrip('/')}/{project}/", hint)
        try:
            with open_url(page, {"Accept": ACCEPT}) as answer:
                base, text = answer.url, answer.read().decode("utf-8", "replace")
                link = find_link(text, answer.headers.get("Content-Type", ""), filename)
        except urllib.error.HTTPError as error:
            fault = fault or error
            continue
        except OSError as error:
            fault = error
            continue
        if link:
            target = page.at(urllib.parse.urljoin(base, link))
            found.append(source(config, target.url, hint) if not target.headers else target)
    if not found and fault:
        raise fault
    return found
