from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import manifest
import pytest
import unpack
from conftest import PROVISION
from report import ProvisionError, Report


def archive(path: Path, files: dict[str, bytes], links: dict[str, str] | None = None) -> Path:
    with tarfile.open(path, "w:gz") as out:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o755 if "/bin/" in name else 0o644
            out.addfile(info, io.BytesIO(data))
        for name, target in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            out.addfile(info)
    return path


def postgres(tmp_path: Path, files: dict[str, bytes], links: dict[str, str] | None = None) -> Path:
    package = archive(tmp_path / "pg.tgz", files, links)
    unpack.unpack_postgres(package, tmp_path / "postgres", threading.Event(), lambda _: None)
    return tmp_path / "postgres"


def test_postgres_keeps_what_a_server_needs_and_makes_its_links(tmp_path: Path) -> None:
    links = [{"source": "native/lib/libpq.so.5.18", "target": "native/lib/libpq.so.5"}]
    made = postgres(
        tmp_path,
        {
            "package/native/pg-symlinks.json": json.dumps(links).encode(),
            "package/native/bin/postgres": b"x",
            "package/native/lib/libpq.so.5.18": b"lib",
            "package/native/lib/libpq.a": b"static",
            "package/native/lib/postgresql/pgxs/x.so": b"",
            "package/native/share/postgresql/a.sql": b"",
            "package/dist/index.js": b"",
        },
    )
    names = sorted(p.relative_to(made).as_posix() for p in made.rglob("*") if not p.is_dir())
    assert names == ["bin/postgres", "lib/libpq.so.5", "lib/libpq.so.5.18", "share/postgresql/a.sql"]
    assert (made / "lib/libpq.so.5").readlink() == Path("libpq.so.5.18")
    assert (made / "bin/postgres").stat().st_mode & 0o111


@pytest.mark.parametrize("name", ["package/../../evil", "/evil", "package/native/bin/../../../evil"])
def test_a_path_that_leaves_the_directory_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ProvisionError, match="unsafe path"):
        postgres(tmp_path, {name: b"x"})
    assert not (tmp_path / "evil").exists()


def test_links_in_archives_and_links_out_of_the_directory_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ProvisionError, match="a link or a device"):
        postgres(tmp_path, {}, {"package/native/lib/x.so": "/etc"})
    links = [{"source": "native/lib/../../../etc/passwd", "target": "native/lib/libx.so"}]
    with pytest.raises(ProvisionError, match="unsafe link"):
        postgres(tmp_path, {"package/native/pg-symlinks.json": json.dumps(links).encode()})


def test_spark_lies_where_its_own_setup_puts_it(tmp_path: Path) -> None:
    sdist = archive(
        tmp_path / "s.tar.gz",
        {
            "pyspark-1/PKG-INFO": b"Name: pyspark\nVersion: 1\n",
            "pyspark-1/setup.py": b"",
            "pyspark-1/pyspark/__init__.py": b"",
            "pyspark-1/deps/jars/a.jar": b"jar",
            "pyspark-1/deps/bin/spark-submit": b"#!",
            "pyspark-1/deps/bin/spark-submit.cmd": b"",
            "pyspark-1/lib/py4j.zip": b"zip",
        },
    )
    site, scripts = tmp_path / "site", tmp_path / "bin"
    unpack.unpack_spark(sdist, site, scripts, "1", None, threading.Event(), lambda _: None)
    assert (site / "pyspark/jars/a.jar").read_bytes() == b"jar"
    assert (site / "pyspark/python/lib/py4j.zip").exists()
    assert (scripts / "spark-submit").stat().st_mode & 0o111
    assert not (scripts / "spark-submit.cmd").exists()
    assert "pyspark/jars/a.jar,sha256=" in (site / "pyspark-1.dist-info/RECORD").read_text()
    # A repair writes only what is asked for.
    (site / "pyspark/jars/a.jar").write_bytes(b"")
    only = {site / "pyspark/jars/a.jar"}
    assert set(unpack.unpack_spark(sdist, site, scripts, "1", only, threading.Event(), lambda _: None)) == only
    assert (site / "pyspark/jars/a.jar").read_bytes() == b"jar"


def test_damage_shows_in_size_and_on_request_in_content(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(b"12345")
    files = manifest.describe(tmp_path, sorted(tmp_path.iterdir()))
    assert manifest.damaged(tmp_path, files) == []
    (tmp_path / "a").write_bytes(b"1234")
    (tmp_path / "b").unlink()
    (tmp_path / "c").write_bytes(b"54321")
    assert manifest.damaged(tmp_path, files) == ["a", "b"]
    assert manifest.damaged(tmp_path, files, contents=True) == ["a", "b", "c"]


def test_a_second_set_up_waits_for_the_first_and_says_so(tmp_path: Path) -> None:
    import provision

    stop, report = threading.Event(), Report(io.StringIO())
    code = (
        "import sys, threading, provision; from pathlib import Path; from report import Report\n"
        f"with provision.exclusive(Path({str(tmp_path)!r}), Report(), threading.Event()): print('in', flush=True)"
    )
    with provision.exclusive(tmp_path, report, stop):
        child = subprocess.Popen([sys.executable, "-c", code], cwd=PROVISION, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        assert "Waiting for another set-up" in child.stdout.readline()
        assert child.poll() is None
    assert child.stdout.read().endswith("in\n")
    assert child.wait(10) == 0
