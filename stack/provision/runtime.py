"""One runtime directory, made part by part: each part leaves a list of its files, so that any of them can be redone."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import urllib.error
from collections.abc import Iterable
from pathlib import Path

import manifest
import maven
import npm
import pypi
import unpack
from download import Artefact, Downloads, no_space
from python_packages import PythonPackages, end
from report import ProvisionError, Report
from transport import Source, describe_fault

HERE = Path(__file__).resolve().parent
# Raised when the layout of a runtime changes, so that old ones are not taken for new ones.
FORMAT = 1
# What the unpacked parts need besides the downloads, roughly.
UNPACKED_BYTES = 1_300_000_000
ARCHIVE_TIMEOUT_S = 1200
PARTS = ("python", "spark", "jars", "postgres")


def platform_name() -> str:
    system, machine = platform.system(), platform.machine().lower()
    name = {"x86_64": "x64", "amd64": "x64", "arm64": "arm64", "aarch64": "arm64"}.get(machine)
    if system not in ("Linux", "Darwin") or name is None:
        advice = " On Windows, use WSL or Docker." if system == "Windows" else " Use the Docker engine."
        raise ProvisionError("unsupported", f"The local stack does not run on {system} {machine}.{advice}")
    if system == "Linux" and "musl" in (sysconfig.get_config_var("HOST_GNU_TYPE") or ""):
        raise ProvisionError("unsupported", "The local stack needs glibc; this system has musl. Use the Docker engine.")
    return f"{system.lower()}-{name}"


def inputs_hash(directory: Path = HERE) -> str:
    """The hash of all that decides what a runtime contains, but Python and platform; provision.ts computes the same."""
    digest = hashlib.sha256(f"format {FORMAT}\n".encode())
    for name in ("lock.json", "requirements.txt"):
        digest.update((directory / name).read_bytes())
    return digest.hexdigest()


def runtime_id(inputs: str) -> str:
    version = f"{sys.implementation.name}-{sys.version_info.major}.{sys.version_info.minor}"
    return hashlib.sha256(f"{inputs} {version} {platform_name()}".encode()).hexdigest()[:16]


class RuntimeBuilder:
    """Makes or repairs `<cache>/runtime/<id>`, or the runtime in `into`.

    `keep_open` is the descriptor of the cache's lock, which children inherit; `lock` has lock.json and requirements.txt.
    """

    def __init__(
        self,
        cache: Path,
        report: Report,
        stop: threading.Event,
        keep_open: int | None = None,
        lock: Path = HERE,
        into: Path | None = None,
    ) -> None:
        self._inputs = inputs_hash(lock)
        self.id = runtime_id(self._inputs)
        self.dir = into.absolute() if into else cache / "runtime" / self.id
        self._cache = cache
        self._report = report
        self._stop = stop
        self._lock = json.loads((lock / "lock.json").read_text("utf-8"))
        self._home = Path(os.environ.get("HOME") or Path.home())
        self._downloads = Downloads(cache / "downloads", report, stop)
        abi = f"{sys.version_info.major}.{sys.version_info.minor}-{platform_name()}"
        self._packages = PythonPackages(
            self.dir / "venv",
            cache / "downloads" / f"wheels-{abi}",
            lock / "requirements.txt",
            report,
            stop,
            keep_open,
        )

    @property
    def _jars(self) -> Path:
        return self._packages.site_packages / "pyspark" / "jars"

    def build(self, contents: bool = False) -> None:
        """Makes what is missing or damaged. `contents` compares bytes, not only sizes. Does nothing if all is right."""
        wrong = {part: self._wrong(part, contents) for part in PARTS}
        if self._is_marked() and all(files == [] for files in wrong.values()):
            return
        (self.dir / "runtime.json").unlink(missing_ok=True)
        # A class archive fits only the very jars that it was made from.
        (self.dir / "classes.json").unlink(missing_ok=True)
        shutil.rmtree(self.dir / "cds", ignore_errors=True)
        for part, files in wrong.items():
            if files:
                self._report.log(f"repairing {part}: {len(files)} files are damaged, such as {files[0]}")
        try:
            self._check_space(wrong)
            if wrong["python"] != []:
                # The environment holds Spark and its jars as well.
                for part in ("python", "spark", "jars"):
                    self._part_file(part).unlink(missing_ok=True)
                wrong |= {"spark": None, "jars": None}
                self._make_python()
            if wrong["spark"] != []:
                self._make_spark(wrong["spark"])
            if wrong["jars"] != []:
                self._make_jars()
            if wrong["postgres"] != []:
                self._make_postgres()
            self._mark()
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise no_space(self._cache, UNPACKED_BYTES) from error
            if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise ProvisionError(
                    "denied",
                    f"No permission to write {error.filename or self._cache}; set XDG_CACHE_HOME to a place of yours.",
                ) from error
            raise

    def _part_file(self, part: str) -> Path:
        return self.dir / "parts" / f"{part}.json"

    def _wrong(self, part: str, contents: bool) -> list[str] | None:
        """None: never completed. Otherwise its damaged files."""
        files = manifest.read_json(self._part_file(part))
        return manifest.damaged(self.dir, files, contents) if files else None

    def _is_marked(self) -> bool:
        marker = manifest.read_json(self.dir / "runtime.json")
        return marker is not None and marker.get("id") == self.id and marker.get("inputs") == self._inputs

    def _complete(self, part: str, paths: Iterable[Path]) -> None:
        self._report.log(f"{part} is complete")
        manifest.write_json(self._part_file(part), manifest.describe(self.dir, list(paths)))

    def _mark(self) -> None:
        """The last thing written. It names each file with its size, so that one look tells whether all is there."""
        sizes: dict[str, int | None] = {}
        for part in PARTS:
            for name, entry in (manifest.read_json(self._part_file(part)) or {}).items():
                if manifest.matters(name):
                    sizes[name] = None if entry is None else entry[0]
        marker = {
            "format": FORMAT,
            "id": self.id,
            "inputs": self._inputs,
            "platform": platform_name(),
            "python": {"version": platform.python_version(), "base": os.path.realpath(sys.executable)},
            "files": sizes,
        }
        manifest.write_json(self.dir / "runtime.json", marker)

    def _check_space(self, wrong: dict[str, list[str] | None]) -> None:
        need = UNPACKED_BYTES if wrong["python"] is None or wrong["spark"] is None else 0
        for artefact in self._artefacts() if need else []:
            path = self._downloads.path(artefact)
            need += 0 if path.is_file() else artefact.size
        self._cache.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self._cache).free < need:
            raise no_space(self._cache, need)

    # --- the parts

    def _make_python(self) -> None:
        self._packages.create()
        self._packages.install()
        site = self._packages.site_packages
        self._complete(
            "python", (p for p in manifest.walk(self.dir, self.dir / "venv") if site / "pyspark" not in p.parents)
        )

    def _make_spark(self, damaged: list[str] | None) -> None:
        spark, site, scripts = self._lock["spark"], self._packages.site_packages, self.dir / "venv" / "bin"
        artefact = self._spark_artefact()
        only = {self.dir / name for name in damaged} if damaged else None
        try:
            sdist = self._fetch_spark(artefact)
        except ProvisionError as error:
            if error.code not in ("unreachable", "not-found", "denied"):
                raise
            self._report.warn(f"{error} Now pip tries it.")
            try:
                self._packages.build_spark(spark["pypi"], spark["version"], spark["sha256"])
            except ProvisionError:
                raise error from None
            ours = {f"{name}.jar" for name in self._spark_jar_names()}
            files = [p for p in manifest.walk(self.dir, site / "pyspark") if p.name not in ours]
        else:
            message = f"Unpacking {spark['title']}"
            written = unpack.unpack_spark(
                sdist, site, scripts, spark["version"], only, self._stop,
                lambda done: self._report.progress("spark", message, done, artefact.size, "bytes"),
            )  # fmt: skip
            self._report.progress("spark", message, artefact.size, artefact.size, "bytes")
            files = list(written)
        link = self.dir / "spark"
        link.unlink(missing_ok=True)
        link.symlink_to(os.path.relpath(site / "pyspark", self.dir))
        if only is not None:
            known = manifest.read_json(self._part_file("spark")) or {}
            files = [self.dir / name for name in known]
        self._complete("spark", {*files, link})
        if only is None:
            self._packages.compile()

    def _fetch_spark(self, artefact: Artefact) -> Path:
        if self._downloads.ready(artefact):
            return self._downloads.path(artefact)
        self._report.progress("download", f"Looking for {artefact.title}")
        config = pypi.pip_config(str(self._packages.python))
        found = pypi.local_copy(config, artefact.filename)
        if found and self._downloads.adopt(artefact, found):
            return self._downloads.path(artefact)
        try:
            sources = pypi.sources(config, self._lock["spark"]["pypi"], artefact.filename)
        except urllib.error.HTTPError as error:
            code = "denied" if error.code in (401, 403, 407) else "unreachable"
            raise ProvisionError(code, f"pip's package index answers HTTP {error.code} for pyspark.") from error
        except OSError as error:
            raise ProvisionError(
                "unreachable",
                f"pip's package index cannot be reached: {describe_fault(error)}. Proxies and indexes are taken from "
                "pip's configuration (pip config list) and HTTPS_PROXY.",
            ) from error
        return self._downloads.fetch(artefact, sources)

    def _make_jars(self) -> None:
        settings = maven.read_settings(os.environ, self._home)
        made: list[Path] = []
        for entry in self._lock["jars"]:
            group, name, version = entry["maven"].split(":")
            artefact = jar_artefact(entry)
            directory = self._jars if entry["into"] == "spark" else self.dir / entry["into"]
            target = directory / artefact.filename
            if not self._downloads.ready(artefact):
                local = maven.local_copy(settings, self._home, group, name, version)
                if not self._downloads.adopt(artefact, local):
                    self._downloads.fetch(artefact, maven.sources(settings, group, name, version))
            directory.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._downloads.path(artefact), target)
            made.append(target)
        self._complete("jars", made)

    def _make_postgres(self) -> None:
        entry, artefact = self._postgres_entry(), self._postgres_artefact()
        if not self._downloads.ready(artefact):
            config = npm.read_config(os.environ, self._home)
            self._downloads.fetch(artefact, _npm_sources(config, entry["npm"], entry["version"]))
        message = f"Unpacking {artefact.title}"
        unpack.unpack_postgres(
            self._downloads.path(artefact), self.dir / "postgres", self._stop,
            lambda done: self._report.progress("postgres", message, done, artefact.size, "bytes"),
        )  # fmt: skip
        self._complete("postgres", manifest.walk(self.dir, self.dir / "postgres"))

    # --- the lock

    def _spark_artefact(self) -> Artefact:
        spark = self._lock["spark"]
        return Artefact(spark["title"], spark["filename"], spark["size"], spark["sha256"])

    def _spark_jar_names(self) -> list[str]:
        return ["-".join(e["maven"].split(":")[1:]) for e in self._lock["jars"] if e["into"] == "spark"]

    def _postgres_entry(self) -> dict:
        return self._lock["postgres"][platform_name()]

    def _postgres_artefact(self) -> Artefact:
        entry = self._postgres_entry()
        base = entry["npm"].rsplit("/", 1)[-1]
        return Artefact(entry["title"], f"postgres-{base}-{entry['version']}.tgz", entry["size"], entry["sha256"])

    def _artefacts(self) -> list[Artefact]:
        return [self._spark_artefact(), *map(jar_artefact, self._lock["jars"]), self._postgres_artefact()]

    def remove_downloads(self) -> None:
        shutil.rmtree(self._cache / "downloads", ignore_errors=True)


def jar_artefact(entry: dict) -> Artefact:
    _, name, version = entry["maven"].split(":")
    return Artefact(entry["title"], f"{name}-{version}.jar", entry["size"], entry["sha256"])


def _npm_sources(config: dict[str, str], package: str, version: str) -> Iterable[Source]:
    yield from npm.sources(config, package, version)
    # Only asked where the usual address has nothing.
    try:
        described = npm.described_source(config, package, version)
    except OSError:
        described = None
    if described is not None:
        yield described


def make_class_archive(runtime: Path, java_home: str, report: Report) -> None:
    """The spark side's archive of loaded classes. Without it everything runs, only slower to start.

    `classes.json` says for which Java it was made or tried, so that it is done once for each Java and each repair.
    """
    script = HERE / "class_archive.py"
    java = {"home": java_home, "version": java_version(java_home)}
    tried = (manifest.read_json(runtime / "classes.json") or {}).get("tried", [])
    if not script.is_file() or any({key: entry.get(key) for key in java} == java for entry in tried):
        return
    report.progress("classes", "Preparing faster start-up")
    made = subprocess.Popen(
        [str(runtime / "venv/bin/python"), str(script), str(runtime), java_home],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
        start_new_session=True,
    )  # fmt: skip
    try:
        _, said = made.communicate(timeout=ARCHIVE_TIMEOUT_S)
    except BaseException as error:
        end(made)
        if not isinstance(error, subprocess.TimeoutExpired):
            raise
        said = f"it took more than {ARCHIVE_TIMEOUT_S} s"
    ok = made.returncode == 0
    if not ok:
        report.warn(f"The class archive could not be made, so services start slower: {said.strip()[-300:]}")
    manifest.write_json(runtime / "classes.json", {"tried": [*tried, {**java, "ok": ok}]})


def java_version(java_home: str) -> str:
    """The full version in a Java's `release` file: an archive fits only the very build that made it."""
    try:
        text = (Path(java_home) / "release").read_text("utf-8", "replace")
    except OSError:
        return ""
    found = re.search(r'^JAVA_RUNTIME_VERSION="?([^"\n]+)', text, re.MULTILINE) or re.search(
        r'^JAVA_VERSION="?([^"\n]+)', text, re.MULTILINE
    )
    return found[1] if found else ""
