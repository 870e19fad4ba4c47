import errno
import os

import pytest

from medallion_kernel.memory import memory
from medallion_kernel.spool import Spool


@pytest.fixture
def spool(tmp_path):
    return Spool(str(tmp_path), limit_bytes=1000, segment_bytes=100)


def test_records_are_numbered_and_read_back(spool, tmp_path):
    assert spool.read_after(0, 100) == ([], False)
    for i in range(1, 6):
        spool.append(b"%d" % i)
    assert (spool.first, spool.last) == (1, 5)
    assert spool.read_after(0, 100) == ([b"1", b"2", b"3", b"4", b"5"], False)
    assert spool.read_after(3, 100) == ([b"4", b"5"], False)
    assert spool.read_after(1, 2) == ([b"2", b"3"], True)
    assert spool.read_after(1, 0) == ([b"2"], True)
    assert spool.read_after(5, 100) == ([], False)
    assert spool.read_after(99, 100) == ([], False)
    # Nothing is left behind by a process that is killed.
    assert list(tmp_path.iterdir()) == []


def test_the_oldest_are_dropped(spool):
    for i in range(100):
        spool.append(b"x" * 50 + b"%02d" % i)
    assert spool.last == 100
    assert 80 < spool.first < 100
    records, more = spool.read_after(0, 10_000)
    assert [int(r[-2:]) for r in records] == list(range(spool.first - 1, 100))
    assert more is False


def test_a_record_larger_than_a_segment(tmp_path):
    spool = Spool(str(tmp_path), limit_bytes=10_000, segment_bytes=100)
    spool.append(b"a")
    spool.append(b"y" * 5000)
    spool.append(b"b")
    assert spool.last == 3
    assert spool.read_after(1, 10_000)[0] == [b"y" * 5000, b"b"]


def test_a_full_disk_costs_records_and_no_numbers(spool, monkeypatch):
    spool.append(b"before")
    write = os.pwrite

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    spool.append(b"lost")
    monkeypatch.setattr(os, "pwrite", write)
    spool.append(b"after")
    assert spool.last == 3
    assert spool.read_after(0, 100) == ([b"before", b"after"], False)


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def proc(tmp_path):
    write(tmp_path / "proc" / "7" / "statm", "100 50 10 1 0 40 0")
    write(tmp_path / "proc" / "8" / "statm", "100 10 10 1 0 40 0")
    write(tmp_path / "proc" / "meminfo", "MemTotal: 9000 kB\nMemAvailable:    4000 kB\n")
    return tmp_path / "proc"


def test_memory_of_a_group_of_version_2(proc, tmp_path):
    group = tmp_path / "cgroup"
    write(proc / "self" / "cgroup", "0::/a/b\n")
    write(group / "a" / "memory.max", "3000000\n")
    write(group / "a" / "memory.current", "2500000\n")
    write(group / "a" / "memory.stat", "anon 1\ninactive_file 500000\n")
    write(group / "a" / "b" / "memory.max", "max\n")
    page = os.sysconf("SC_PAGE_SIZE")
    assert memory([7, 8], proc, group) == {"rssBytes": 60 * page, "limitBytes": 3000000, "availableBytes": 1000000}


def test_memory_of_a_group_of_version_1_and_of_none(proc, tmp_path):
    group = tmp_path / "cgroup"
    write(proc / "self" / "cgroup", "9:cpu:/x\n5:memory:/docker/abc\n")
    # In a container, the group's own files are at the root.
    write(group / "memory" / "memory.limit_in_bytes", "3000000\n")
    write(group / "memory" / "memory.usage_in_bytes", "1000000\n")
    assert memory([], proc, group) == {"rssBytes": 0, "limitBytes": 3000000, "availableBytes": 2000000}
    write(group / "memory" / "memory.limit_in_bytes", "9223372036854771712\n")
    assert memory([], proc, group) == {"rssBytes": 0, "limitBytes": None, "availableBytes": 4096000}


def test_memory_of_this_machine():
    facts = memory([os.getpid()])
    assert facts["rssBytes"] > 1_000_000
    assert facts["availableBytes"] > 0
