"""The virtual environment. pip fetches and installs, so that its own settings hold; every hash is in the lock."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path

from report import Cancelled, ProvisionError, Report

# Settings that would move packages out of the environment.
MISLEADING = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIRE_HASHES", "VIRTUAL_ENV")


class PythonPackages:
    """One environment at `venv`; wheels are kept in `wheels`, so that a repair needs no network."""

    def __init__(
        self, venv: Path, wheels: Path, requirements: Path, report: Report, stop: threading.Event, keep_open: int | None
    ) -> None:
        self.venv = venv
        self.python = venv / "bin" / "python"
        self._wheels = wheels
        self._requirements = requirements
        self._report = report
        self._stop = stop
        self._keep_open = keep_open

    @property
    def site_packages(self) -> Path:
        return self.venv / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"

    def create(self) -> None:
        """A new, empty environment with pip, at its final path (it cannot be moved)."""
        self._report.progress("python", "Creating the Python environment")
        if self.venv.exists() or self.venv.is_symlink():
            shutil.rmtree(self.venv)
        base = getattr(sys, "_base_executable", sys.executable) or sys.executable
        code, tail = self._run([base, "-I", "-m", "venv", str(self.venv)], lambda line: None)
        if code != 0:
            shutil.rmtree(self.venv, ignore_errors=True)
            if any("ensurepip" in line for line in tail):
                version = f"{sys.version_info.major}.{sys.version_info.minor}"
                raise ProvisionError(
                    "missing-tool",
                    f"Python {version} at {base} cannot make virtual environments: its ensurepip module is missing. "
                    f"On Debian and Ubuntu: sudo apt install python{version}-venv.",
                )
            raise ProvisionError("failed", f"Creating a Python environment with {base} failed: {last(tail)}")

    def install(self) -> None:
        complete = self._wheels / "complete"
        wanted = self._requirements.read_text("utf-8")
        if not (complete.is_file() and complete.read_text("utf-8") == wanted and self._install_wheels(quiet=True)):
            self._download()
            complete.write_text(wanted, "utf-8")
            self._install_wheels(quiet=False)

    def _download(self) -> None:
        self._wheels.mkdir(parents=True, exist_ok=True)
        (self._wheels / "complete").unlink(missing_ok=True)
        total = len(re.findall(r"^[A-Za-z0-9]", self._requirements.read_text("utf-8"), re.MULTILINE))
        counts = {"total": total, "done": 0}
        needed: set[str] = set()

        def on_line(line: str) -> None:
            if line.startswith("Ignoring "):
                counts["total"] -= 1
            elif line.startswith(("Saved ", "File was already downloaded ")):
                needed.add(Path(line).name)
            elif line.startswith("Collecting "):
                counts["done"] += 1
                self._report.progress(
                    "python", "Downloading Python packages", counts["done"], counts["total"], "entries"
                )

        self._report.progress("python", "Downloading Python packages", 0, None, "entries")
        code, tail = self._pip(
            ["download", "--no-deps", "--require-hashes", "--only-binary=:all:", "--progress-bar=off", "--no-input",
             "--dest", str(self._wheels), "--requirement", str(self._requirements)], on_line,
        )  # fmt: skip
        if code != 0:
            raise _pip_error("downloading", tail)
        for wheel in self._wheels.glob("*.whl"):
            if needed and wheel.name not in needed:  # of an earlier lock
                wheel.unlink()

    def _install_wheels(self, quiet: bool) -> bool:
        wheels = len(list(self._wheels.glob("*.whl")))
        self._report.progress("python", f"Installing {wheels} Python packages")
        code, tail = self._pip(
            ["install", "--no-index", "--find-links", str(self._wheels), "--no-deps", "--require-hashes",
             "--only-binary=:all:", "--no-compile", "--no-cache-dir", "--progress-bar=off", "--no-input",
             "--requirement", str(self._requirements)], lambda line: None,
        )  # fmt: skip
        if code != 0 and not quiet:
            raise _pip_error("installing", tail)
        return code == 0

    def build_spark(self, project: str, version: str, sha256: str) -> None:
        """The last resort where our own download found no way: pip fetches and builds pyspark by itself."""
        self._report.progress("spark", f"Installing {project} {version} with pip; this takes a minute")
        requirement = self.venv / "pyspark-requirement.txt"
        requirement.write_text(f"{project}=={version} --hash=sha256:{sha256}\n", "utf-8")
        code, tail = self._pip(
            ["install", "--no-deps", "--require-hashes", "--no-cache-dir", "--progress-bar=off", "--no-input",
             "--force-reinstall", "--requirement", str(requirement)], lambda line: None,
        )  # fmt: skip
        requirement.unlink(missing_ok=True)
        if code != 0:
            raise _pip_error("installing pyspark", tail)

    def compile(self) -> None:
        """Compiles once, on all cores, what each new process would otherwise compile at its first import."""
        self._report.progress("python", "Compiling Python packages")
        tests = r"[/\\](tests?|examples)[/\\]"
        self._run(
            [str(self.python), "-I", "-m", "compileall", "-q", "-q", "-j", "0", "-x", tests, str(self.site_packages)],
            lambda line: None,
        )

    def _pip(self, arguments: list[str], on_line) -> tuple[int, list[str]]:  # type: ignore[no-untyped-def]
        return self._run([str(self.python), "-I", "-m", "pip", *arguments], on_line)

    def _run(self, command: list[str], on_line) -> tuple[int, list[str]]:  # type: ignore[no-untyped-def]
        environ = {k: v for k, v in os.environ.items() if k not in MISLEADING}
        environ |= {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONUNBUFFERED": "1", "PIP_QUIET": "0"}
        tail: deque[str] = deque(maxlen=40)
        # A session of its own: Ctrl-C reaches us, and we end it. It keeps the lock open while it lives.
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", env=environ, start_new_session=True,
            pass_fds=() if self._keep_open is None else (self._keep_open,),
        )  # fmt: skip
        assert child.stdout is not None
        try:
            for line in child.stdout:
                line = hide_credentials(line.strip())
                if line:
                    tail.append(line)
                    self._report.log(line)
                    on_line(line)
            return child.wait(), list(tail)
        except BaseException:
            end(child)
            raise
        finally:
            child.stdout.close()
            if self._stop.is_set():
                end(child)
                raise Cancelled


def end(child: subprocess.Popen[str]) -> None:
    for number, wait_s in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        if child.poll() is not None:
            return
        try:
            os.killpg(child.pid, number)
            child.wait(wait_s)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def hide_credentials(line: str) -> str:
    return re.sub(r"(https?://)[^/\s@]+@", r"\1", line)


def last(tail: list[str]) -> str:
    errors = [line for line in tail if line.lower().startswith("error")]
    return (errors or tail or ["it said nothing"])[-1]


def _pip_error(what: str, tail: list[str]) -> ProvisionError:
    text = "\n".join(tail)
    said = last(tail).removeprefix("ERROR: ").rstrip(".")
    if "No space left" in text or "Errno 28" in text:
        return ProvisionError("no-space", f"No space left while pip was {what}. Make room, and run it again.")
    if "DO NOT MATCH THE HASHES" in text:
        return ProvisionError(
            "protocol",
            f"pip got a package that differs from the lock file while {what}: the package index, or a proxy, changes "
            f"files. {said}.",
        )
    if re.search(r"40[13] |Unauthorized|Forbidden", text):
        return ProvisionError(
            "denied", f"The package index refused pip: {said}. Check pip's configuration (pip config list)."
        )
    network = r"CERTIFICATE_VERIFY_FAILED|Temporary failure|Max retries|NewConnectionError|ConnectTimeout|ProxyError"
    if re.search(network + r"|Connection (refused|broken|aborted)|Read timed out|Name or service not known", text):
        return ProvisionError(
            "unreachable",
            f"pip cannot reach the package index: {said}. Check the network and pip's configuration "
            "(pip config list), proxies and certificates.",
        )
    if "No matching distribution" in text or "Could not find a version" in text:
        return ProvisionError(
            "not-found",
            f"pip's index has no ready package for this Python ({sys.version.split()[0]}) and system: {said}. "
            "Python 3.10 to 3.14 is known to work; MEDALLION_PYTHON names another one.",
        )
    return ProvisionError("failed", f"pip failed while {what}: {said}.")
