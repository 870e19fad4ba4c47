"""The wrapper that each job is submitted as. It runs the user's script as `__main__` and tells the client, on
marked lines of the standard output (RFC 7464: U+001E, a JSON object, LF), the application's id and the exit code.

    driver.py BUNDLE_NAME [SCRIPT_ARGS...]

The bundle is a zip on the Python path (Spark's --py-files) with the modules that travel with the script, and in
`__medallion__/` the script and `run.json`: {"script": the path as the user knows it}.

Standard library only: a plain script needs nothing of ours, and this file is all that it gets.
"""

import atexit
import builtins
import functools
import io
import json
import linecache
import os
import signal
import sys
import threading
import time
import traceback
import types
import zipfile

_OWN_FILE = __file__


def emit(event, **fields):
    """Writes one event. `os.write` keeps the line whole whatever other threads print."""
    sys.stdout.flush()
    line = "\x1e" + json.dumps({"event": event, **fields}) + "\n"
    data = line.encode("ascii")
    while data:
        data = data[os.write(1, data) :]


def die_with_parent(interval_seconds=0.5):
    """Ends this process when the JVM that started it is gone; a killed JVM leaves its child alive otherwise."""
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(interval_seconds)
        os._exit(143)

    threading.Thread(target=watch, name="medallion-parent", daemon=True).start()


def prefer_installed_pyspark():
    """Spark puts its Python sources as zips on the path, which are compiled anew each time (about a second). The same
    package installed beside Spark's jars has its compiled files."""
    home = os.environ.get("SPARK_HOME", "")
    parent, name = os.path.split(os.path.realpath(home))
    if name == "pyspark" and os.path.isfile(os.path.join(parent, "pyspark", "__init__.py")):
        installed = [os.path.realpath(p) for p in sys.path if not p.endswith(".zip")]
        if parent in installed and os.path.isdir(os.path.join(parent, "py4j")):
            zips = ("pyspark.zip", "-src.zip")
            sys.path[:] = [p for p in sys.path if not p.endswith(zips) or not p.startswith((home, parent))]


def announce_application():
    """Emits `application` for each SparkContext that the script makes, directly or through SparkSession."""
    from pyspark import SparkContext

    make = SparkContext.__init__

    @functools.wraps(make)
    def announced(self, *args, **kwargs):
        make(self, *args, **kwargs)
        emit("application", id=self.applicationId, ui=self.uiWebUrl)

    SparkContext.__init__ = announced


def read_bundle(name):
    """The script's path, its source as bytes, and where the bundle is."""
    for entry in sys.path:
        if os.path.basename(entry) == name and os.path.isfile(entry):
            with zipfile.ZipFile(entry) as bundle:
                run = json.loads(bundle.read("__medallion__/run.json"))
                return run["script"], bundle.read("__medallion__/script.py"), entry
    raise FileNotFoundError(f"{name} is not on the Python path: {sys.path}")


def remember_source(path, source):
    """Tracebacks show the user's lines although the file is not on this machine."""
    try:
        import tokenize

        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        text = io.TextIOWrapper(io.BytesIO(source), encoding, line_buffering=True).read()
    except (SyntaxError, UnicodeDecodeError, LookupError):
        text = source.decode("utf-8", "replace")
    # No modification time: linecache.checkcache() leaves such an entry alone.
    linecache.cache[path] = (len(source), None, text.splitlines(keepends=True), path)


def own_frame(frame):
    """Frames that Python's own runner would not show: this file's, and the import of a module out of the bundle."""
    return frame.filename == _OWN_FILE or frame.filename.startswith(("<frozen importlib", "<frozen zipimport"))


def without_own_frames(report, seen=None):
    """Drops this file's frames from a TracebackException, its causes, its context and its group's members."""
    seen = set() if seen is None else seen
    if report is None or id(report) in seen:
        return
    seen.add(id(report))
    report.stack = traceback.StackSummary.from_list([f for f in report.stack if not own_frame(f)])
    without_own_frames(report.__cause__, seen)
    without_own_frames(report.__context__, seen)
    for member in getattr(report, "exceptions", None) or ():
        without_own_frames(member, seen)


def show_exception(kind, error, trace):
    """Prints an exception as Python does, from the user's first frame on."""
    if kind is KeyboardInterrupt and error is None:
        error = KeyboardInterrupt()
    try:
        report = traceback.TracebackException(kind, error, trace)
        without_own_frames(report)
        lines = "".join(report.format())
    except Exception:
        lines = "".join(traceback.format_exception(kind, error, trace))
    sys.stdout.flush()
    # Some messages carry what an encoding cannot: the traceback must come out all the same.
    sys.stderr.flush()
    data = lines.encode("utf-8", "backslashreplace")
    while data:
        data = data[os.write(2, data) :]


def exit_code(stop):
    """The exit code of a SystemExit and the message that Python would print for it."""
    code = stop.code
    if code is None:
        return 0, None
    if isinstance(code, int):
        return code & 0xFF, None
    return 1, str(code)


def run_script(path, source, bundle, arguments):
    """Runs the script as `__main__`; gives the exit code, and the message of a `sys.exit("...")`."""
    main = types.ModuleType("__main__")
    main.__dict__.update(
        __file__=path,
        __builtins__=builtins,
        __cached__=None,
        __loader__=None,
        __spec__=None,
        __package__=None,
    )
    # As with `python script.py`: the place of its neighbours first. Ours is not for the script to see.
    here = os.path.dirname(os.path.abspath(_OWN_FILE))
    sys.path[:] = [bundle] + [p for p in sys.path if p not in (bundle, here)]
    sys.argv = [path, *arguments]
    sys.modules["__main__"] = main
    remember_source(path, source)
    try:
        exec(compile(source, path, "exec", dont_inherit=True), main.__dict__)
        return 0, None
    except SystemExit as stop:
        code, message = exit_code(stop)
        if message is not None:
            print(message, file=sys.stderr, flush=True)
        return code, message
    except BaseException as error:
        show_exception(type(error), error, error.__traceback__)
        return 130 if isinstance(error, KeyboardInterrupt) else 1, None


def on_terminate(number, _frame):
    sys.exit(128 + number)


def main():
    die_with_parent()
    signal.signal(signal.SIGTERM, on_terminate)
    end = {"code": 1}
    # Registered first, so that it runs last: after the script's own exit handlers and threads.
    atexit.register(lambda: emit("exit", **end))
    prefer_installed_pyspark()
    announce_application()
    sys.excepthook = show_exception
    threading.excepthook = lambda args: show_exception(args.exc_type, args.exc_value, args.exc_traceback)
    path, source, bundle = read_bundle(sys.argv[1])
    end["code"], message = run_script(path, source, bundle, sys.argv[2:])
    if message is not None:
        end["message"] = message[:2000]
    sys.stdout.flush()
    sys.exit(end["code"])


if __name__ == "__main__":
    # A reference to this module, so that nothing here is cleared when the script takes its name.
    sys.modules["__medallion_driver__"] = sys.modules["__main__"]
    main()
