"""The parts of the session in this kernel, and what its client asks while a cell runs."""

import atexit
import concurrent.futures
import os
import uuid

from medallion_kernel import asks, display, rows, sql, variables  # noqa: F401 (they register their answers)
from medallion_kernel.failures import Failures
from medallion_kernel.imports import Imports
from medallion_kernel.journal import Journal
from medallion_kernel.memory import memory
from medallion_kernel.shell_requests import Requests
from medallion_kernel.spark import Spark

NAME = "__medallion__"
FORMAT = 1
REPLAY_BYTES = 4 << 20
# The JVM is asked whether it lives, but the answer to the client does not wait for it.
LOOK_SECONDS = 0.5


class Kernel:
    """`__medallion__` in the kernel's namespace."""

    def __init__(self, shell, settings):
        if settings.get("format") != FORMAT:
            raise ValueError(f"The settings of this session have the format {settings.get('format')}, not {FORMAT}.")
        os.environ.update(settings.get("environment") or {})
        self.shell = shell
        self.settings = settings
        self.incarnation = str(uuid.uuid4())
        kernel = shell.kernel
        self._journal = Journal(kernel)
        self.driver = Spark(settings)
        self._requests = Requests(kernel, self.driver)
        failures = Failures(kernel, lambda: self._requests.interrupted, self.driver.death)
        self._journal.more_metadata = failures.metadata
        self.imports = Imports(self)
        self.driver.on_start.append(lambda _context: rows.forget(self))
        #: What a cell has ended with, while it is shown.
        self.result = None
        #: Those of the lake that SQL has named.
        self.parquet_tables = set()
        self._look = concurrent.futures.ThreadPoolExecutor(1, "medallion-look")
        self._looking = None
        kernel.control_handlers["medallion_replay_request"] = self._replay
        kernel.control_handlers["medallion_state_request"] = self._state
        kernel.control_handlers["medallion_cancel_request"] = self._cancel
        display.register(self)
        sql.register(self)
        self._put_names()
        # `%reset` takes all names away.
        init_user_ns = shell.init_user_ns
        shell.init_user_ns = lambda: (init_user_ns(), self._put_names())

    @property
    def user_ns(self):
        return self.shell.user_ns

    @property
    def spark(self):
        """The SparkSession, or None."""
        return self.driver.session

    def ask(self, question):
        return asks.ask(self, question)

    def start_spark(self, warm_up=True):
        """Makes `spark` and `sc`; anew where Spark has ended. Raises what Spark raises."""
        if not self.driver.is_running():
            self.driver.start()
            if warm_up:
                self.driver.warm_up()
        self._put_names()

    def at_exit(self, function, *arguments):
        atexit.register(function, *arguments)

    def _put_names(self):
        names = {NAME: self}
        if self.spark is not None:
            names.update(spark=self.spark, sc=self.spark.sparkContext)
        # Hidden from `%who`, for nobody has made them.
        self.shell.push(names, interactive=False)

    async def _replay(self, stream, ident, parent):
        asked = parent["content"]
        content = self._journal.replay(int(asked.get("after", 0)), int(asked.get("maxBytes") or REPLAY_BYTES))
        self.shell.kernel.session.send(stream, "medallion_replay_reply", content, parent, ident)

    async def _cancel(self, stream, ident, parent):
        self._requests.cancel(parent["content"].get("id"))
        self.shell.kernel.session.send(stream, "medallion_cancel_reply", {"status": "ok"}, parent, ident)

    async def _state(self, stream, ident, parent):
        pids = [os.getpid(), self.driver.jvm_pid]
        content = {
            "status": "ok",
            "incarnation": self.incarnation,
            "last": self._journal.last,
            **self._requests.facts(),
            "applicationId": self.driver.application,
            "ui": self.driver.ui,
            "sparkError": self._spark_error(),
            "memory": memory([pid for pid in pids if pid is not None]),
        }
        self.shell.kernel.session.send(stream, "medallion_state_reply", content, parent, ident)

    def _spark_error(self):
        """Why there is no Spark; None while there is one, or while it was not started yet."""
        driver = self.driver
        if driver.session is None:
            return driver.error
        if (death := driver.death()) is not None:
            return death
        if self._looking is None or self._looking.done():
            self._looking = self._look.submit(driver.is_running)
        try:
            is_running = self._looking.result(LOOK_SECONDS)
        except concurrent.futures.TimeoutError:
            # Busy, which is no fault.
            return None
        if is_running:
            return None
        return driver.death() or "Spark has ended the application: its master or its executors were lost."
