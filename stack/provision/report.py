"""What the person sees: JSON lines on stdout, one object per line; free text for the log goes to stderr.

{"step": "spark", "message": "Downloading Spark 4.2.0", "done": 1048576, "total": 450129423, "unit": "bytes"}
{"runtime": {...}}
{"error": "a sentence that says what to do", "code": "unreachable"}
"""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import Any, TextIO

INTERVAL_S = 0.2


class ProvisionError(Exception):
    """A failure of the outside world, as a sentence for the user. `code` is one of the workbench's error codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Cancelled(Exception):
    """SIGINT or SIGTERM arrived."""


class Report:
    """Writes progress, at most five lines a second for one message; the first and the last always."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._last_message = ""
        self._last_time = 0.0

    def progress(
        self, step: str, message: str, done: int | None = None, total: int | None = None, unit: str | None = None
    ) -> None:
        now = time.monotonic()
        finished = done is not None and done == total
        if message == self._last_message and now - self._last_time < INTERVAL_S and not finished:
            return
        self._last_message, self._last_time = message, now
        line: dict[str, Any] = {"step": step, "message": message}
        if done is not None:
            line["done"] = done
        if total is not None:
            line["total"] = total
        if unit is not None:
            line["unit"] = unit
        self.write(line)

    def write(self, line: dict[str, Any]) -> None:
        with self._lock:
            print(json.dumps(line), file=self._out, flush=True)

    def log(self, message: str) -> None:
        print(message, file=sys.stderr, flush=True)

    def warn(self, message: str) -> None:
        self.write({"warning": message})
        self.log(f"warning: {message}")
