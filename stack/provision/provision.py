"""Makes the runtime of the local stack: Python packages, Spark, Delta, HDFS and PostgreSQL, from a lock file.

    python3 provision.py [--cache DIR] [--into DIR] [--java JAVA_HOME] [--check-contents] [--drop-downloads]

Makes `<cache>/runtime/<id>` with `venv/ spark hdfs/ postgres/ cds/` and, last, the marker `runtime.json`. Run again, it
does only what is missing or damaged. Needs Python 3.10 and its standard library. Progress is written to stdout as JSON
lines (see report.py). Exit codes: 0 ready, 1 failed, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from report import Cancelled, ProvisionError, Report
from runtime import HERE, RuntimeBuilder, make_class_archive


def default_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification: a relative path is to be ignored.
    root = Path(base) if os.path.isabs(base) else Path.home() / ".cache"
    return root / "medallion-workbench"


@contextlib.contextmanager
def exclusive(cache: Path, report: Report, stop: threading.Event) -> Iterator[int]:
    """One set-up at a time for all workspaces of a user; the others wait, and then find it done."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(cache / "provision.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ProvisionError(
            "denied",
            f"The cache directory {cache} cannot be written ({error.strerror}). Set XDG_CACHE_HOME to a place of yours.",
        ) from error
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                report.progress("wait", "Waiting for another set-up that uses the same cache")
                if stop.wait(0.3):
                    raise Cancelled from None
            except OSError as error:
                report.warn(f"The cache cannot be locked ({error.strerror}); do not run two set-ups at once.")
                break
        yield descriptor
    finally:
        os.close(descriptor)


def provision(options: argparse.Namespace, report: Report, stop: threading.Event) -> RuntimeBuilder:
    cache = (options.cache or default_cache()).absolute()
    with exclusive(cache, report, stop) as descriptor:
        builder = RuntimeBuilder(cache, report, stop, descriptor, options.lock, options.into)
        builder.build(options.check_contents)
        if options.java:
            make_class_archive(builder.dir, options.java, report)
        if options.drop_downloads:
            builder.remove_downloads()
        return builder


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Makes the runtime of the local stack.")
    parser.add_argument("--cache", type=Path, help="default: $XDG_CACHE_HOME/medallion-workbench")
    parser.add_argument("--into", type=Path, help="the runtime's directory; default: <cache>/runtime/<id>")
    parser.add_argument("--java", metavar="JAVA_HOME", help="prepares faster start-up for this Java")
    parser.add_argument("--check-contents", action="store_true", help="compares bytes, not only sizes")
    parser.add_argument("--drop-downloads", action="store_true", help="keeps only the runtime (for images)")
    parser.add_argument("--lock", type=Path, default=HERE, help="the directory of lock.json and requirements.txt")
    options = parser.parse_args(arguments)
    report, stop = Report(), threading.Event()

    def on_signal(_number: int, _frame: object) -> None:
        if not stop.is_set():
            stop.set()
            raise Cancelled

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    try:
        builder = provision(options, report, stop)
        report.write({"runtime": {"dir": str(builder.dir), "id": builder.id}})
        return 0
    except Cancelled:
        report.write({"error": "Cancelled. What has arrived is kept; run it again to go on.", "code": "cancelled"})
        return 130
    except ProvisionError as error:
        report.write({"error": str(error), "code": error.code})
        return 1
    except BrokenPipeError:
        # Nobody reads any more: the command that started us is gone.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 130


if __name__ == "__main__":
    sys.exit(main())
