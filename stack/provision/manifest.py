"""What a complete part of a runtime looks like: each file with its size and CRC-32, so that damage shows quickly.

The sizes are compared at each start (thousands of files in some hundredths of a second); the CRCs only when asked.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

# Relative POSIX path -> [size, crc32], or null for a link, which only has to lead somewhere.
Files = dict[str, "list[int] | None"]


def walk(root: Path, start: Path) -> Iterator[Path]:
    """Files and links to files below `start`. Compiled Python is left out: it comes and goes."""
    for directory, folders, names in os.walk(start):
        folders[:] = [f for f in folders if f != "__pycache__" and not (Path(directory) / f).is_symlink()]
        for name in names:
            if not name.endswith(".pyc"):
                yield Path(directory) / name


def describe(root: Path, paths: Iterator[Path] | list[Path]) -> Files:
    files: Files = {}
    for path in paths:
        name = path.relative_to(root).as_posix()
        files[name] = None if path.is_symlink() else [path.stat().st_size, crc32(path)]
    return dict(sorted(files.items()))


def crc32(path: Path) -> int:
    value = 0
    with open(path, "rb") as file:
        while chunk := file.read(1024 * 1024):
            value = zlib.crc32(chunk, value)
    return value


def damaged(root: Path, files: Files, contents: bool = False) -> list[str]:
    """The files that are missing or differ in size; with `contents`, also those whose bytes differ."""
    wrong: list[str] = []
    for name, expected in files.items():
        path = os.path.join(root, name)
        try:
            size = os.stat(path).st_size
        except OSError:
            wrong.append(name)
            continue
        if expected is not None and (size != expected[0] or (contents and crc32(Path(path)) != expected[1])):
            wrong.append(name)
    return wrong


# Stubs, tests, headers and the like: repaired with their part, but not worth a look at each start.
MINOR = re.compile(r"\.pyi$|/(tests?|testing|include|licenses|tzdata|setuptools|pip|examples|timezone)/|/extension/")


def matters(name: str) -> bool:
    return not MINOR.search(name)


def write_json(path: Path, value: object, durable: bool = True) -> None:
    """Puts a JSON file in place whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(value, file, separators=(",", ":"))
        file.flush()
        if durable:
            os.fsync(file.fileno())
    os.replace(temporary, path)


def read_json(path: Path) -> dict | None:
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
