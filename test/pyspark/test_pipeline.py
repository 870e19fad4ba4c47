import json
import sys

import pytest

from medallion import context, pipeline
from medallion.files import Files


@pytest.fixture
def plan(tmp_path, monkeypatch):
    """Makes a plan of scripts given as text."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    def make(**scripts):
        (tmp_path / "steps").mkdir(exist_ok=True)
        for name, source in scripts.items():
            (tmp_path / "steps" / f"{name}.py").write_text(source)
        return {
            "pipeline": "demo",
            "runId": "r1",
            "root": f"file://{tmp_path}/data",
            "records": f"file://{tmp_path}/records",
            "steps": [
                {"name": n, "script": f"steps/{n}.py", "path": f"/home/me/{n}.py", "args": [n], "run": True}
                for n in scripts
                if not n.startswith("_")
            ],
        }

    return make


@pytest.fixture
def run(spark, monkeypatch):
    """Runs a plan in the tests' session; gives the record and the events."""
    events = []
    monkeypatch.setattr(pipeline, "emit", lambda event, **fields: events.append((event, fields)))
    monkeypatch.setattr(context, "session", lambda: spark)
    monkeypatch.setattr(type(spark), "stop", lambda _self: None)

    def go(plan):
        try:
            pipeline.run(plan)
        finally:
            go.record = json.loads(Files(spark).read(f"{plan['records']}/demo/r1.json"))
        return go.record

    go.events = events
    return go


GOOD = """
import sys
import medallion
from _beside import rows
if __name__ == "__main__":
    with medallion.job() as job:
        assert job.args == sys.argv[1:] == [job.name]
        job.report(rows_in=rows, rows_out=1, bookmark={"hi": 3}, quarantined=0)
        job.spark.stop()
        job.spark.sparkContext.stop()
"""


def test_steps_share_the_session_and_report(spark, plan, run):
    record = run(plan(one=GOOD, two=GOOD + "    assert job.spark.range(3).count() == 3\n", _beside="rows = 2"))
    assert record["state"] == "FINISHED"
    assert [(s["name"], s["state"], s["rowsIn"], s["bookmark"]) for s in record["steps"]] == [
        ("one", "FINISHED", 2, {"hi": 3}),
        ("two", "FINISHED", 2, {"hi": 3}),
    ]
    assert record["steps"][0]["details"] == {"quarantined": 0}
    assert [event for event, _ in run.events] == ["pipeline-start", *["step-start", "step-end"] * 2]
    assert record["durationMs"] >= record["steps"][0]["durationMs"] >= 0


def test_a_failure_names_its_step_and_line_and_ends_the_run(plan, run):
    scripts = plan(one="x = 1\n\nraise ValueError('no such shelf')\n", two=GOOD)
    with pytest.raises(ValueError, match="shelf"):
        run(scripts)
    one, two = run.record["steps"]
    assert (run.record["state"], one["state"], two["state"]) == ("FAILED", "FAILED", "PENDING")
    assert one["error"] == {"type": "ValueError", "message": "no such shelf", "file": "/home/me/one.py", "line": 3}
    assert run.events[-1][1]["error"]["line"] == 3


def test_a_step_may_end_itself(plan, run):
    assert run(plan(one="import sys\nsys.exit(0)\n"))["state"] == "FINISHED"
    with pytest.raises(pipeline.StepFailed, match="no table"):
        run(plan(one="import sys\nsys.exit('no table')\n"))
    assert run.record["steps"][0]["error"]["message"] == "no table"


def test_a_kill_is_written_down(plan, run):
    with pytest.raises(KeyboardInterrupt):
        run(plan(one="raise KeyboardInterrupt\n"))
    assert (run.record["state"], run.record["steps"][0]["state"]) == ("KILLED", "KILLED")


def test_a_step_that_is_left_out_is_skipped(plan, run):
    scripts = plan(one="raise ValueError\n", two="pass\n")
    scripts["steps"][0]["run"] = False
    assert [step["state"] for step in run(scripts)["steps"]] == ["SKIPPED", "FINISHED"]
