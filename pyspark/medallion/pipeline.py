"""All steps of one run in one application, so that the JVM starts and warms up once.

The plan is JSON: {"pipeline", "runId", "root", "records", "steps": [{"name", "script", "path", "args", "run"}]}.
`script` is the file's place on the Python path, `path` as the user knows it, `run` false for a step that is left out.
The course of the run is kept in `<records>/<pipeline>/<runId>.json`, written anew before and after each step.
"""

import builtins
import datetime
import io
import json
import linecache
import os
import sys
import time
import tokenize
import traceback
import types
import zipfile

from medallion import context
from medallion.events import emit
from medallion.files import Files


def read_resource(name):
    """A file that came along on the Python path, plain or in a zip: its content and where it was found."""
    for entry in sys.path:
        if os.path.isdir(entry):
            file = os.path.join(entry, name)
            if os.path.isfile(file):
                with open(file, "rb") as content:
                    return content.read(), entry
        elif os.path.isfile(entry) and zipfile.is_zipfile(entry):
            with zipfile.ZipFile(entry) as bundle:
                if name in bundle.namelist():
                    return bundle.read(name), entry
    raise FileNotFoundError(f"{name} did not come along with the pipeline.")


def run_script(script, path, arguments):
    """Runs a script as `python path arguments` would, in this process."""
    source, entry = read_resource(script)
    here = os.path.join(entry, os.path.dirname(script)).rstrip("/")
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    lines = io.TextIOWrapper(io.BytesIO(source), encoding).read().splitlines(keepends=True)
    linecache.cache[path] = (len(source), None, lines, path)
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=path, __builtins__=builtins)
    before = sys.argv, list(sys.path), sys.modules.get("__main__"), set(sys.modules)
    sys.argv, sys.path[:] = [path, *arguments], [here, *sys.path]
    sys.modules["__main__"] = module
    try:
        exec(compile(source, path, "exec", dont_inherit=True), module.__dict__)
    except SystemExit as stop:
        if stop.code not in (None, 0):
            raise StepFailed(str(stop.code)) from None
    finally:
        sys.argv, sys.path[:] = before[0], before[1]
        sys.modules["__main__"] = before[2]
        # Two steps may each have a neighbour of the same name.
        for name in set(sys.modules) - before[3]:
            file = getattr(sys.modules[name], "__file__", None) or ""
            if file.startswith(here + "/"):
                del sys.modules[name]


class StepFailed(Exception):
    """A step ended itself with a message or a code other than 0."""


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Record:
    """The run as it is kept on the lake."""

    def __init__(self, files, plan, application):
        self._files = files
        self._path = f"{plan['records']}/{plan['pipeline']}/{plan['runId']}.json"
        self.value = {
            "format": 1,
            "pipeline": plan["pipeline"],
            "runId": plan["runId"],
            "root": plan["root"],
            "state": "RUNNING",
            "startedAt": now(),
            "applicationId": application,
            "steps": [
                {"name": step["name"], "script": step["path"], "state": "PENDING" if step["run"] else "SKIPPED"}
                for step in plan["steps"]
            ],
        }

    def save(self):
        self._files.write(self._path, json.dumps(self.value, indent=1, default=str))


class keep_session:
    """`spark.stop()` in a step ends the step's use of the session, not the session of the steps after it."""

    def __init__(self, spark):
        self._stopped = [(spark, type(spark)), (spark.sparkContext, type(spark.sparkContext))]

    def __enter__(self):
        self._before = [kind.stop for _, kind in self._stopped]
        for _, kind in self._stopped:
            kind.stop = lambda _self: None

    def __exit__(self, *_):
        for (_, kind), stop in zip(self._stopped, self._before, strict=True):
            kind.stop = stop


def run(plan):
    """Runs the plan's steps in order; raises what a step raised, after the record says so."""
    began = time.monotonic()
    emit("pipeline-start", runId=plan["runId"], pipeline=plan["pipeline"])
    spark = context.session()
    spark.conf.set("spark.medallion.lakeRoot", plan["root"])
    record = Record(Files(spark), plan, spark.sparkContext.applicationId)
    record.save()
    try:
        with keep_session(spark):
            for step, entry in zip(plan["steps"], record.value["steps"], strict=True):
                if step["run"]:
                    run_step(spark, plan, step, entry, record)
        record.value["state"] = "FINISHED"
    except BaseException as error:
        # SIGTERM and an interrupt arrive as these.
        stopped = isinstance(error, (KeyboardInterrupt, SystemExit))
        record.value["state"] = "KILLED" if stopped else "FAILED"
        raise
    finally:
        record.value["endedAt"] = now()
        record.value["durationMs"] = round((time.monotonic() - began) * 1000)
        record.save()
        spark.stop()


def run_step(spark, plan, step, entry, record):
    name = step["name"]
    job = context.Job(spark, plan["root"], name, run=plan["runId"])
    job.args = step["args"]
    entry.update(state="RUNNING", startedAt=now())
    record.save()
    emit("step-start", step=name)
    began = time.monotonic()
    spark.sparkContext.setJobDescription(name)
    error_of_step = None
    try:
        with context.step(job):
            run_script(step["script"], step["path"], step["args"])
        entry["state"] = "FINISHED"
    except BaseException as error:
        stopped = isinstance(error, (KeyboardInterrupt, SystemExit))
        entry["state"] = "KILLED" if stopped else "FAILED"
        error_of_step = {"type": type(error).__name__, "message": str(error)[:4000], **place_of(error, step)}
        raise
    finally:
        values = dict(job.report_values)
        known = {key: values.pop(key) for key in ("rowsIn", "rowsOut", "bookmark") if key in values}
        entry.update(known, durationMs=round((time.monotonic() - began) * 1000))
        if values:
            entry["details"] = values
        if error_of_step:
            entry["error"] = error_of_step
        emit("step-end", step=name, **{key: entry[key] for key in entry if key not in ("name", "script")})
        record.save()


def place_of(error, step):
    """The innermost line of the error in the step's script or beside it."""
    beside = os.path.dirname(step["script"]) + "/"
    folder = os.path.dirname(step["path"])
    place = {}
    if isinstance(error, SyntaxError) and error.filename:
        place = {"file": error.filename, "line": error.lineno}
    for frame in traceback.extract_tb(error.__traceback__):
        file = frame.filename
        if file == step["path"]:
            place = {"file": file, "line": frame.lineno}
        elif beside in file and "/medallion/" not in file:
            place = {"file": os.path.join(folder, file.rsplit(beside, 1)[1]), "line": frame.lineno}
    return place


def main(arguments=None):
    """The entry: the one argument is the plan."""
    (plan,) = sys.argv[1:] if arguments is None else arguments
    run(json.loads(plan))


if __name__ == "__main__":
    main()
