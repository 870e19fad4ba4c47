from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections import namedtuple
from pathlib import Path

import pytest
from conftest import Registry, Request, once
from download import Artefact, Downloads
from report import Cancelled, ProvisionError, Report
from transport import Source

DATA = os.urandom(700_000)
JAR = Artefact("A Jar 1.0", "a-1.0.jar", len(DATA), hashlib.sha256(DATA).hexdigest())


@pytest.fixture
def downloads(tmp_path: Path, report: Report) -> Downloads:
    return Downloads(tmp_path / "downloads", report, threading.Event(), first_pause_s=0.01, timeout_s=2)


def at(registry: Registry) -> list[Source]:
    registry.files.setdefault("/a.jar", DATA)
    return [Source(f"{registry.url}/a.jar", "a test")]


def test_fetches_and_then_asks_nobody(registry: Registry, downloads: Downloads) -> None:
    path = downloads.fetch(JAR, at(registry))
    assert path.read_bytes() == DATA
    assert downloads.fetch(JAR, at(registry)) == path
    assert registry.paths() == ["/a.jar"]
    assert not downloads.part(JAR).exists()


def test_resumes_what_has_arrived(registry: Registry, downloads: Downloads) -> None:
    downloads.directory.mkdir()
    downloads.part(JAR).write_bytes(DATA[:300_000])
    assert downloads.fetch(JAR, at(registry)).read_bytes() == DATA
    assert registry.requests[0][1]["Range"] == "bytes=300000-"


def test_starts_over_where_the_server_ignores_ranges(registry: Registry, downloads: Downloads) -> None:
    downloads.directory.mkdir()
    downloads.part(JAR).write_bytes(DATA[:300_000])
    sources = at(registry)
    registry.faults.append(once(lambda request: request.answer(200, DATA)))
    assert downloads.fetch(JAR, sources).read_bytes() == DATA
    assert len(registry.requests) == 1


def test_starts_over_where_the_server_sends_another_range(registry: Registry, downloads: Downloads) -> None:
    downloads.directory.mkdir()
    downloads.part(JAR).write_bytes(DATA[:300_000])
    wrong = {"Content-Range": f"bytes 0-{len(DATA) - 1}/{len(DATA)}"}
    sources = at(registry)
    registry.faults.append(once(lambda request: request.answer(206, DATA, wrong)))
    assert downloads.fetch(JAR, sources).read_bytes() == DATA


def test_a_part_that_is_no_beginning_of_the_file_is_thrown_away(registry: Registry, downloads: Downloads) -> None:
    downloads.directory.mkdir()
    downloads.part(JAR).write_bytes(b"x" * 300_000)
    assert downloads.fetch(JAR, at(registry)).read_bytes() == DATA


def test_a_part_that_is_too_long_is_thrown_away(registry: Registry, downloads: Downloads) -> None:
    downloads.directory.mkdir()
    downloads.part(JAR).write_bytes(DATA + b"x")
    assert downloads.fetch(JAR, at(registry)).read_bytes() == DATA


def test_a_broken_connection_goes_on_where_it_stopped(registry: Registry, downloads: Downloads) -> None:
    def half(request: Request) -> None:
        request.answer(200, DATA[:500_000], length=len(DATA))
        request.close_connection = True

    registry.faults.append(once(half))
    assert downloads.fetch(JAR, at(registry)).read_bytes() == DATA
    assert registry.requests[1][1]["Range"] == "bytes=500000-"


def test_a_server_that_hangs_is_asked_again(registry: Registry, downloads: Downloads) -> None:
    release = threading.Event()
    downloads._timeout_s = 0.3
    registry.faults.append(once(lambda _: release.wait(10)))
    assert downloads.fetch(JAR, at(registry)).read_bytes() == DATA
    release.set()


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_server_with_a_bad_moment_is_asked_again(registry: Registry, downloads: Downloads, status: int) -> None:
    registry.faults.append(once(lambda request: request.answer(status, b"later")))
    assert downloads.fetch(JAR, at(registry)).read_bytes() == DATA


def test_a_wrong_hash_is_fetched_once_more(registry: Registry, downloads: Downloads) -> None:
    registry.faults.append(once(lambda request: request.answer(200, bytes(len(DATA)))))
    assert downloads.fetch(JAR, at(registry)).read_bytes() == DATA


def test_a_hash_that_stays_wrong_names_the_host_and_keeps_nothing(registry: Registry, downloads: Downloads) -> None:
    registry.files["/a.jar"] = bytes(len(DATA))
    with pytest.raises(ProvisionError, match=r"127\.0\.0\.1 \(a test\) sends another file for A Jar 1\.0") as error:
        downloads.fetch(JAR, at(registry))
    assert error.value.code == "protocol"
    assert list(downloads.directory.iterdir()) == []


@pytest.mark.parametrize("size", [10, 2_000_000])
def test_a_page_instead_of_the_file_is_an_error(registry: Registry, downloads: Downloads, size: int) -> None:
    registry.files["/a.jar"] = b"<html>" + bytes(size)
    with pytest.raises(ProvisionError):
        downloads.fetch(JAR, at(registry))
    assert not downloads.path(JAR).exists()


def test_a_damaged_file_in_the_cache_is_fetched_again(registry: Registry, downloads: Downloads) -> None:
    path = downloads.fetch(JAR, at(registry))
    path.write_bytes(bytes(len(DATA)))
    assert downloads.fetch(JAR, at(registry)).read_bytes() == DATA


def test_a_missing_file_is_looked_for_at_the_next_source(registry: Registry, downloads: Downloads) -> None:
    nowhere = Source(f"{registry.url}/nowhere.jar", "the first")
    assert downloads.fetch(JAR, [nowhere, *at(registry)]).read_bytes() == DATA
    with pytest.raises(ProvisionError, match=r"not on 127\.0\.0\.1 \(the first\)") as error:
        Downloads(downloads.directory / "x", downloads._report, threading.Event()).fetch(JAR, [nowhere])
    assert error.value.code == "not-found"


def test_a_refusal_names_the_settings_and_no_secret(registry: Registry, downloads: Downloads) -> None:
    sources = [Source(f"{registry.url}/a.jar", "mirror corp", headers={"Authorization": "Bearer s3cret"})]
    registry.faults.append(lambda request: request.answer(401, b"") is None)
    with pytest.raises(ProvisionError, match="mirror corp") as error:
        downloads.fetch(JAR, sources)
    assert error.value.code == "denied"
    assert "s3cret" not in str(error.value) + repr(sources)


def test_nobody_there_is_an_error_that_names_the_host(registry: Registry, downloads: Downloads) -> None:
    with pytest.raises(ProvisionError, match=r"from 127\.0\.0\.1 .*nothing listens") as error:
        downloads.fetch(JAR, [Source("http://127.0.0.1:9/a.jar", "a test")])
    assert error.value.code == "unreachable"


def test_a_full_disk_says_how_much_is_needed(
    registry: Registry, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 1000))
    with pytest.raises(ProvisionError, match=r"1 MB more are needed") as error:
        downloads.fetch(JAR, at(registry))
    assert error.value.code == "no-space"


def test_a_disk_that_gets_full_keeps_what_has_arrived(
    registry: Registry, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    import download

    real, calls = download.write_all, [0]

    def write(descriptor: int, data: bytes) -> None:
        calls[0] += 1
        if calls[0] == 2:
            raise OSError(28, "No space left on device")
        real(descriptor, data)

    monkeypatch.setattr(download, "write_all", write)
    with pytest.raises(ProvisionError) as error:
        downloads.fetch(JAR, at(registry))
    assert error.value.code == "no-space"
    assert downloads.part(JAR).stat().st_size > 0


def test_a_stop_keeps_what_has_arrived(registry: Registry, tmp_path: Path, report: Report) -> None:
    stop = threading.Event()
    downloads = Downloads(tmp_path / "d", report, stop, first_pause_s=60)

    def fail(request: Request) -> None:
        request.answer(200, DATA[:400_000], length=len(DATA))
        request.close_connection = True
        stop.set()

    registry.faults.append(once(fail))
    with pytest.raises(Cancelled):
        downloads.fetch(JAR, at(registry))
    assert downloads.directory.exists()


def test_credentials_stay_with_their_host(registry: Registry, other_registry: Registry, downloads: Downloads) -> None:
    other_registry.files["/elsewhere"] = DATA

    def redirect(request: Request) -> None:
        request.answer(302, b"", {"Location": f"{other_registry.url}/elsewhere"})

    registry.faults.append(once(redirect))
    source = Source(f"{registry.url}/a.jar", "a test", headers={"Authorization": "Bearer s3cret"})
    assert downloads.fetch(JAR, [source]).read_bytes() == DATA
    assert registry.requests[0][1]["Authorization"] == "Bearer s3cret"
    assert "Authorization" not in other_registry.requests[0][1]


def test_a_redirect_on_the_same_host_keeps_the_credentials(registry: Registry, downloads: Downloads) -> None:
    registry.files["/real.jar"] = DATA
    registry.faults.append(once(lambda request: request.answer(302, b"", {"Location": "/real.jar"})))
    source = Source(f"{registry.url}/a.jar", "a test", headers={"Authorization": "Bearer s3cret"})
    downloads.fetch(JAR, [source])
    assert registry.requests[1][1]["Authorization"] == "Bearer s3cret"


def test_a_proxy_is_used_and_may_be_passed_by(
    registry: Registry, other_registry: Registry, downloads: Downloads
) -> None:
    registry.files["/a.jar"] = DATA
    proxied = Source("http://repo.example/a.jar", "a test", proxy=registry.url)
    downloads.fetch(JAR, [proxied])
    assert registry.paths() == ["http://repo.example/a.jar"]


def test_another_tools_copy_is_taken_if_it_is_right(downloads: Downloads, tmp_path: Path) -> None:
    copy = tmp_path / "copy.jar"
    copy.write_bytes(DATA[:-1] + b"x")
    assert not downloads.adopt(JAR, copy)
    copy.write_bytes(DATA)
    assert downloads.adopt(JAR, copy)
    assert downloads.path(JAR).read_bytes() == DATA
