"""Events that a driver reports to the client that follows its standard output."""

import json
import os
import sys


def emit(event, **fields):
    """Writes one event: U+001E, a JSON object with "event", LF (RFC 7464). One `os.write`, so lines stay whole."""
    line = "\x1e" + json.dumps({"event": event, **fields}, default=str) + "\n"
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        return
    data = line.encode("ascii")
    while data:
        data = data[os.write(1, data) :]
