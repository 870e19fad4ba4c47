"""Downloads that resume, verify and retry. A file gets its own name only when its size and sha256 are right."""

from __future__ import annotations

import errno
import hashlib
import http.client
import os
import random
import shutil
import threading
import urllib.error
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from report import Cancelled, ProvisionError, Report
from transport import Source, describe_fault, open_url

CHUNK = 256 * 1024
ATTEMPTS = 5
RETRIED_STATUS = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True)
class Artefact:
    """A file of the lock. `title` is its name for people."""

    title: str
    filename: str
    size: int
    sha256: str


class Downloads:
    """The directory `<cache>/downloads`. `first_pause_s` is the first back-off; it doubles."""

    def __init__(
        self, directory: Path, report: Report, stop: threading.Event, first_pause_s: float = 1.0, timeout_s: float = 30
    ) -> None:
        self.directory = directory
        self._report = report
        self._stop = stop
        self._first_pause_s = first_pause_s
        self._timeout_s = timeout_s

    def path(self, artefact: Artefact) -> Path:
        return self.directory / artefact.filename

    def part(self, artefact: Artefact) -> Path:
        return self.directory / f"{artefact.sha256}.part"

    def ready(self, artefact: Artefact) -> bool:
        """Whether the file is there and right; one that is wrong is deleted."""
        path = self.path(artefact)
        if not path.is_file():
            return False
        if path.stat().st_size == artefact.size and file_sha256(path) == artefact.sha256:
            return True
        self._report.log(f"{path.name} is damaged and will be fetched again")
        path.unlink()
        return False

    def adopt(self, artefact: Artefact, copy: Path) -> bool:
        """Takes a copy that another tool keeps, if it is the right one."""
        try:
            right = copy.stat().st_size == artefact.size and file_sha256(copy) == artefact.sha256
            if right:
                self.directory.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(copy, self.part(artefact))
                self.part(artefact).replace(self.path(artefact))
            return right
        except OSError:
            return False

    def fetch(self, artefact: Artefact, sources: Iterable[Source]) -> Path:
        """Gets the file from the first source that has it. Throws `ProvisionError` or `Cancelled`."""
        if self.ready(artefact):
            return self.path(artefact)
        self.directory.mkdir(parents=True, exist_ok=True)
        missing: list[str] = []
        for source in sources:
            if self._from(artefact, source):
                self.part(artefact).replace(self.path(artefact))
                return self.path(artefact)
            missing.append(f"{source.host} ({source.hint})")
        raise ProvisionError(
            "not-found",
            f"{artefact.title} is not on {' or '.join(missing) or 'any configured registry'}: "
            f"{artefact.filename} was not found there.",
        )

    def _from(self, artefact: Artefact, source: Source) -> bool:
        """False if the source does not have the file."""
        part = self.part(artefact)
        failures, mismatches, farthest = 0, 0, size_of(part)
        while True:
            try:
                self._transfer(artefact, source)
                if file_sha256(part) == artefact.sha256:
                    return True
                part.unlink()
                mismatches += 1
                if mismatches == 2:
                    raise ProvisionError(
                        "protocol",
                        f"{source.host} ({source.hint}) sends another file for {artefact.title} than the lock file "
                        f"names: the sha256 of {artefact.filename} differs. Nothing of it was kept.",
                    )
                self._report.log(f"{artefact.filename} from {source.host} has a wrong sha256; fetching it once more")
                continue
            except urllib.error.HTTPError as error:
                error.close()
                if error.code in (404, 410):
                    return False
                if error.code == 416:  # the part is no beginning of that file
                    part.unlink(missing_ok=True)
                    fault = "it refuses to resume"
                elif error.code in RETRIED_STATUS:
                    fault = f"it answers with HTTP {error.code}"
                else:
                    raise _refused(artefact, source, error.code) from None
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise no_space(self.directory, artefact.size - size_of(part)) from error
                if isinstance(error, PermissionError) and error.filename:
                    raise ProvisionError("denied", f"No permission to write {error.filename}.") from error
                fault = describe_fault(error)
            except http.client.HTTPException as error:
                fault = f"the connection broke ({type(error).__name__})"
            # A connection that got farther than all before counts as a first failure again: slow is not broken.
            failures = 1 if size_of(part) > farthest else failures + 1
            farthest = max(farthest, size_of(part))
            if failures >= ATTEMPTS:
                raise ProvisionError(
                    "unreachable",
                    f"Cannot download {artefact.title} from {source.host} ({source.hint}): {fault}. "
                    "What has arrived is kept; run the same command to go on.",
                )
            pause_s = self._first_pause_s * 2 ** (failures - 1) * random.uniform(0.8, 1.2)
            self._report.log(f"{artefact.filename} from {source.host}: {fault}; again in {pause_s:.1f} s")
            if self._stop.wait(pause_s):
                raise Cancelled

    def _transfer(self, artefact: Artefact, source: Source) -> None:
        """Appends what is missing to the part. Returns only if it has the right length."""
        part = self.part(artefact)
        offset = size_of(part)
        if offset > artefact.size:
            part.unlink()
            offset = 0
        if offset == artefact.size:
            return
        need = artefact.size - offset
        if shutil.disk_usage(self.directory).free < need:
            raise no_space(self.directory, need)
        headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={offset}-"} if offset else {})}
        message = f"Downloading {artefact.title}"
        with open_url(source, headers, self._timeout_s) as answer:
            resumed = offset > 0 and answer.status == 206
            if resumed and not str(answer.headers.get("Content-Range", "")).startswith(f"bytes {offset}-"):
                resumed = False
                if answer.status == 206:
                    part.unlink()
                    raise http.client.HTTPException("a range that was not asked for")
            done = offset if resumed else 0
            # Unbuffered, so that whatever stops us leaves all that has arrived.
            with open(part, "ab" if resumed else "wb", buffering=0) as out:
                self._report.progress("download", message, done, artefact.size, "bytes")
                while chunk := answer.read(CHUNK):
                    if self._stop.is_set():
                        raise Cancelled
                    write_all(out.fileno(), chunk)
                    done += len(chunk)
                    if done > artefact.size:
                        break
                    self._report.progress("download", message, done, artefact.size, "bytes")
        if done < artefact.size:
            raise http.client.HTTPException("the answer was too short")
        if done > artefact.size:
            # Another file, or an error page; its hash would be wrong as well.
            with open(part, "r+b") as out:
                out.truncate(artefact.size)


def write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def file_sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1024 * 1024):
            digest.update(chunk)
    return digest.hexdigest()


def no_space(directory: Path, need: int) -> ProvisionError:
    free = shutil.disk_usage(directory).free
    return ProvisionError(
        "no-space",
        f"{megabytes(need)} more are needed in {directory}, and {megabytes(free)} are free. Make room, or set "
        "XDG_CACHE_HOME to a larger disk; what has arrived is kept.",
    )


def megabytes(count: int) -> str:
    return f"{max(1, round(count / 1e6)):,} MB"


def _refused(artefact: Artefact, source: Source, status: int) -> ProvisionError:
    if status in (401, 403, 407):
        who = "The proxy" if status == 407 else source.host
        return ProvisionError(
            "denied",
            f"{who} refuses to give {artefact.title} (HTTP {status}). It was asked because of {source.hint}; "
            "check the credentials there.",
        )
    return ProvisionError("failed", f"{source.host} answers HTTP {status} for {artefact.title} ({source.hint}).")


Locate = Callable[[], Iterable[Source]]
