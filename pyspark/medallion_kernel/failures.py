"""Errors of cells: as plain Python tracebacks in which the code of a run is the file `cell://<id of the run>`."""

import asyncio
import contextlib
import os
import sys
import threading
import traceback
import warnings

CELL = "cell://"
#: Frames that say nothing to a person.
HIDDEN = (os.path.dirname(os.path.abspath(__file__)) + os.sep, "<frozen importlib", "<frozen zipimport")
TIMED = ("<timed exec>", "<timed eval>")

TOO_LARGE = (
    "The result is larger than the driver may hold (spark.driver.maxResultSize is {size}). Take a part of it with "
    ".limit(n), aggregate it first, or write it as a table and open that."
)
OUT_OF_MEMORY = (
    "The driver has no memory left for this. Take a part of it with .limit(n), aggregate it first, or write it as a "
    "table and open that. What other variables hold is freed by `del`."
)

ENDED = "The variables of Python are still there, frames of Spark are not: start Spark again."


class ResultTooLarge(Exception):
    """Shown in place of what Spark says about a result that does not fit into the driver."""

    # As Python's own are named in tracebacks.
    __module__ = "builtins"


class SparkEnded(Exception):
    """Shown in place of what a closed connection says."""

    __module__ = "builtins"


class Failures:
    """Names the code of cells, and adds to each `error` message the traceback that the client reads."""

    def __init__(self, kernel, was_interrupted, spark_death):
        self._kernel = kernel
        self._shell = shell = kernel.shell
        #: Whether a person has interrupted what runs.
        self._was_interrupted = was_interrupted
        #: Why there is no JVM any more, or None.
        self._spark_death = spark_death
        self._pending = threading.local()
        self._code_name = shell.compile.get_code_name
        self._show = shell._showtraceback
        self._showtraceback = shell.showtraceback
        self._transform = shell.transform_cell
        self._run_cell = shell.run_cell
        shell.compile.get_code_name = self.code_name
        shell._showtraceback = self.show
        shell.showtraceback = self.showtraceback
        shell.transform_cell = self.transform_cell
        shell.run_cell = self.run_cell
        # IPython's hint behind each SystemExit; there is no prompt to leave.
        warnings.filterwarnings("ignore", message="To exit: use")

    def code_name(self, raw_code, transformed_code, number):
        """The file name of code that a client has sent; other code (`%run`, `run_cell`) keeps the name that it has."""
        request = self._kernel.get_parent("shell")
        if request.get("content", {}).get("code") == raw_code:
            return CELL + request["header"]["msg_id"]
        return self._code_name(raw_code, transformed_code, number)

    def transform_cell(self, raw_cell):
        """IPython drops blank lines at the beginning, which would shift the numbers of all lines after them."""
        blank = 0
        for line in raw_cell.splitlines():
            if line.strip():
                break
            blank += 1
        return "\n" * blank + self._transform(raw_cell)

    def run_cell(self, *args, **kwargs):
        """`sys.exit()` ends a script well, so it ends the run of one well, too."""
        result = self._run_cell(*args, **kwargs)
        if is_good_end(result.error_in_exec):
            result.error_in_exec = None
        return result

    def metadata(self, kind):
        """For the journal: the traceback of the error that this thread is telling."""
        told = getattr(self._pending, "traceback", None) if kind == "error" else None
        return {} if told is None else {"traceback": told}

    def showtraceback(self, exc_tuple=None, *args, **kwargs):
        """IPython prints exception groups and tells no client that there was an error."""
        kind, error, trace = exc_tuple if isinstance(exc_tuple, tuple) else sys.exc_info()
        if is_good_end(error):
            return
        if error is not None and has_group(error):
            self.show(kind, error, plain(error, trace).splitlines())
            return
        self._showtraceback(exc_tuple, *args, **kwargs)

    def show(self, kind, error, lines):
        """`InteractiveShell._showtraceback`, with what is added."""
        trace = getattr(error, "__traceback__", None)
        told = error
        with contextlib.suppress(Exception):  # of the error's own text
            told = self._replaced(error)
        if told is not error:
            told = told.with_traceback(trace)
            told.__suppress_context__ = True
            kind, error = type(told), told
            lines = self._shell.InteractiveTB.structured_traceback(kind, error, trace, tb_offset=1)
        try:
            self._pending.traceback = plain(error, trace)
        except Exception:
            self._pending.traceback = "".join(traceback.format_exception(kind, error, trace))
        try:
            self._show(kind, error, lines)
        finally:
            self._pending.traceback = None

    def _replaced(self, error):
        """What is shown for an error that says little about what happened."""
        if self._was_interrupted() and is_cancellation(error):
            return KeyboardInterrupt("The cell was interrupted.")
        if isinstance(error, (SyntaxError, KeyboardInterrupt)):
            return error
        said = str(error)
        if "spark.driver.maxResultSize" in said and "bigger than" in said:
            size = said.split("spark.driver.maxResultSize", 1)[1].strip(" (").split(")")[0] or "too small"
            return ResultTooLarge(TOO_LARGE.format(size=size))
        if isinstance(error, MemoryError) or "java.lang.OutOfMemoryError" in said:
            return ResultTooLarge(OUT_OF_MEMORY)
        is_lost = isinstance(error, ConnectionError) or type(error).__name__ == "Py4JNetworkError"
        death = self._spark_death() if is_lost or "Answer from Java side is empty" in said else None
        return error if death is None else SparkEnded(f"{death} {ENDED}")


def is_cancellation(error):
    """What an interrupt makes of a Spark job, which fails in its own words, and of what is awaited."""
    if isinstance(error, asyncio.CancelledError):
        return True
    return type(error).__module__.partition(".")[0] in ("pyspark", "py4j") and "cancel" in str(error).lower()


def is_good_end(error):
    return isinstance(error, SystemExit) and error.code in (None, 0)


def has_group(error):
    if sys.version_info < (3, 11):
        return False
    seen = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, BaseExceptionGroup):  # noqa: F821
            return True
        seen.add(id(error))
        error = error.__context__
    return False


def plain(error, trace):
    """The traceback as Python writes it, from the first frame of a cell on, chained causes included."""
    place = getattr(error, "_medallion_place", None)
    report = traceback.TracebackException(type(error), error, trace)
    if place is not None:
        # SQL: its line is known, and the frames are all ours or Spark's.
        report.stack = summary([place])
    elif isinstance(error, SyntaxError) and str(error.filename).startswith(CELL):
        report.stack = None
    else:
        report.stack = summary(running_cells(trace) + from_cell(report.stack))
    shorten(report, set())
    return "".join(report.format())


def running_cells(trace):
    """Where an error was caught below its cell, as by what displays a value: the cell's line, which runs still."""
    told = {id(frame) for frame, _ in traceback.walk_tb(trace)}
    running = [
        (frame, line)
        for frame, line in traceback.walk_stack(sys._getframe())
        if frame.f_code.co_filename.startswith(CELL) and id(frame) not in told
    ]
    return list(traceback.StackSummary.extract(reversed(running)))


def shorten(report, seen):
    """Does the same for causes, contexts and members of a group."""
    seen.add(id(report))
    members = getattr(report, "exceptions", None) or ()
    for other in (report.__cause__, report.__context__, *members):
        if other is not None and id(other) not in seen:
            if other.stack is not None:
                other.stack = summary(from_cell(other.stack))
            shorten(other, seen)


def from_cell(frames):
    """Without what is before the cell, this package, and the machinery of imports."""
    frames = list(frames)
    first = next((i for i, frame in enumerate(frames) if is_cell(frame)), 0)
    kept = [frame for frame in frames[first:] if not frame.filename.startswith(HIDDEN)]
    for i, frame in enumerate(kept[1:], 1):
        if frame.filename in TIMED and is_cell(kept[0]):
            # The body of %%time, which begins at the cell's second line.
            cell = kept[0]
            kept[i] = traceback.FrameSummary(cell.filename, cell.lineno + frame.lineno, frame.name, lookup_line=False)
    return kept


def is_cell(frame):
    return frame.filename.startswith(CELL)


def summary(frames):
    return traceback.StackSummary.from_list(frames)
