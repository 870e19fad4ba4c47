"""A small registry that can fail in the ways that real ones do."""

from __future__ import annotations

import http.server
import io
import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PROVISION = Path(__file__).resolve().parents[3] / "stack" / "provision"
sys.path.insert(0, str(PROVISION))

from report import Report  # noqa: E402

Fault = Callable[["Request"], bool]


class Request(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Registry

    def do_GET(self) -> None:
        registry = self.server.registry
        registry.requests.append((self.path, dict(self.headers.items())))
        # A fault handles the request and says True, or says False.
        if any(fault(self) for fault in registry.faults):
            return
        path = self.path
        if path.startswith("http://"):  # asked as a proxy
            path = "/" + path.split("/", 3)[3]
        data = registry.files.get(path)
        if data is None:
            return self.answer(404, b"not here")
        wanted = self.headers.get("Range")
        if wanted:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(data):
                return self.answer(416, b"")
            return self.answer(206, data[start:], {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"})
        kind = "text/html" if path.endswith("/") else "application/octet-stream"
        self.answer(200, data, {"Content-Type": kind})

    def answer(
        self, status: int, data: bytes, headers: dict[str, str] | None = None, length: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data) if length is None else length))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    registry: Registry

    def handle_error(self, *_: object) -> None:
        pass  # a client that went away


@dataclass
class Registry:
    files: dict[str, bytes] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def paths(self) -> list[str]:
        return [path for path, _ in self.requests]


def once(fault: Callable[[Request], None]) -> Fault:
    """A fault that happens to the first request only."""
    left = [True]

    def handle(request: Request) -> bool:
        if not left:
            return False
        left.clear()
        fault(request)
        return True

    return handle


def start() -> tuple[Registry, _Server]:
    server = _Server(("127.0.0.1", 0), Request)
    registry = Registry(port=server.server_address[1])
    server.registry = registry
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return registry, server


@pytest.fixture
def registry() -> Iterator[Registry]:
    registry, server = start()
    yield registry
    server.shutdown()
    server.server_close()


@pytest.fixture
def other_registry() -> Iterator[Registry]:
    registry, server = start()
    yield registry
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def report() -> Report:
    return Report(io.StringIO())
