"""What the session's server tells of kernels that have ended."""

import asyncio
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.append(str(Path(__file__).parents[3] / "stack" / "services"))
jupyter_app = pytest.importorskip("jupyter_app")


def group(root, line, name, kills):
    """A system's files, in which this process is in one control group."""
    (root / "proc" / "self").mkdir(parents=True)
    (root / "proc" / "self" / "cgroup").write_text(f"3:cpu:/other\n{line}\n")
    file = root / "cgroup" / name
    file.parent.mkdir(parents=True)
    file.write_text(f"low 0\noom 5\noom_kill {kills}\n")
    return root / "proc", root / "cgroup"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("0::/user.slice/one", "user.slice/one/memory.events"),
        ("0::/", "memory.events"),
        ("0::/docker/of/the/host", "memory.events"),
        ("4:memory,hugetlb:/docker/of/the/host", "memory/memory.oom_control"),
    ],
)
def test_processes_that_were_ended_for_lack_of_memory_are_counted(tmp_path, line, name):
    assert jupyter_app.oom_kills(*group(tmp_path, line, name, 2)) == 2


def test_a_system_that_does_not_say_how_many(tmp_path):
    assert jupyter_app.oom_kills(tmp_path / "proc", tmp_path / "cgroup") is None
    assert jupyter_app.oom_kills(*group(tmp_path, "4:cpu:/", "memory.events", 2)) is None


def test_the_end_of_a_kernel_is_kept(monkeypatch):
    kills, codes = iter([3, 3, 4, 4]), iter([None, None, -9, None])
    monkeypatch.setattr(jupyter_app, "oom_kills", lambda: next(kills))
    kernel = jupyter_app.KernelProcess()
    kernel.provisioner = SimpleNamespace(process=SimpleNamespace(poll=lambda: next(codes)), has_process=False)
    for expected in (None, None, {"code": -9, "oomKills": 1}, {"code": -9, "oomKills": 1}):
        asyncio.run(kernel.is_alive())
        assert kernel.exit == expected
