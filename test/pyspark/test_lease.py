import json
import os
import threading
import time
import uuid
from pathlib import Path

import pytest

from medallion.files import Exists, Files
from medallion.lease import Lease, LeaseBusy, LeaseLost

QUICK = {"beat": 0.1, "stale": 3.0, "watch": 0.5, "wait": 30}


@pytest.fixture
def files(spark):
    return Files(spark)


@pytest.fixture
def path(tmp_path):
    return f"file://{tmp_path}/_lease"


def test_a_file_is_made_once(files, path):
    files.create(path, "first")
    with pytest.raises(Exists):
        files.create(path, "second")
    assert files.read(path) == "first"


@pytest.fixture
def hdfs_path(files):
    """On the stack's HDFS: only a name server makes a file for one of several callers; a local disk does not."""
    stack = json.loads(Path(os.environ["MEDALLION_TEST_STACK"]).read_text())
    directory = f"{stack['lake']['fileSystem']}/tmp/lease-{uuid.uuid4().hex}"
    yield f"{directory}/_lease"
    files.remove(directory)


def test_two_runs_never_hold_it_together(files, hdfs_path):
    inside, most, done = [0], [0], []
    # A holder that only waits for its turn on a busy machine is not stale: the usual seconds.
    patient = {"beat": 0.1, "wait": 120}

    def work():
        for _ in range(3):
            with Lease(files, hdfs_path, on_lost=lambda: None, **patient):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.05)
                inside[0] -= 1
        done.append(True)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(done) == 3
    assert most[0] == 1
    assert files.names(hdfs_path.rsplit("/", 1)[0]) == []


def test_a_dead_holder_is_replaced_and_a_living_one_is_not(files, path):
    files.touch(f"{path}.dead")
    files.create(path, json.dumps({"token": "dead", "host": "gone"}))
    waited = []
    with Lease(files, path, on_lost=lambda: None, on_wait=waited.append, **QUICK) as mine:
        assert waited[0]["host"] == "gone"
        # It beats, so it stays ours for longer than what is stale.
        with (
            pytest.raises(LeaseBusy, match="Another run"),
            Lease(files, path, on_lost=lambda: None, **QUICK | {"wait": 4.5}),
        ):
            pass
        mine.check()
    assert files.names(path.rsplit("/", 1)[0]) == []


def test_who_lost_it_is_told_and_takes_nothing_away(files, path):
    lost = threading.Event()
    with Lease(files, path, on_lost=lost.set, **QUICK) as mine:
        files.remove(path)
        files.create(path, json.dumps({"token": "another"}))
        assert lost.wait(10)
        with pytest.raises(LeaseLost, match="Run again"):
            mine.check()
    assert files.read_json(path) == {"token": "another"}


def test_a_stolen_lease_is_given_back(files, path):
    """The holder changed between the look and the move: what was moved away is another's, and valid."""
    contender = Lease(files, path, on_lost=lambda: None, **QUICK)
    files.create(path, json.dumps({"token": "new holder"}))
    contender._take_away("old holder")
    assert files.read_json(path) == {"token": "new holder"}
