"""The health check of a DataNode, against a NameNode in states that last only a moment while it starts."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

HEALTHCHECK = Path(__file__).resolve().parents[3] / "stack" / "services" / "healthcheck.py"


class _NameNode(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"beans": self.server.beans}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def namenode() -> Iterator[http.server.HTTPServer]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _NameNode)
    server.beans = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def asks(port: int) -> tuple[int, str]:
    env = {**os.environ, "NAMENODE_HOST": "127.0.0.1", "NAMENODE_HTTP_PORT": str(port)}
    command = [sys.executable, "-I", str(HEALTHCHECK), "datanode", "127.0.0.1:1"]
    ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30, check=False)
    return ended.returncode, ended.stderr.strip()


def test_says_that_a_namenode_does_not_tell_its_state_yet(namenode: http.server.HTTPServer) -> None:
    port = namenode.server_address[1]
    assert asks(port) == (1, f"the NameNode at 127.0.0.1:{port} is starting and does not tell its state yet")


def test_says_that_a_namenode_has_no_datanode_yet(namenode: http.server.HTTPServer) -> None:
    namenode.beans = [{"NumLiveDataNodes": 0, "FSState": "safeMode"}]
    assert asks(namenode.server_address[1]) == (1, "the NameNode is in safeMode with 0 DataNodes")
