"""The Spark session inside the kernel: its start, its jobs' groups, and what keeps it there."""

import contextlib
import io
import os
import sys
import threading

#: Where the session's settings say nothing else.
DEFAULTS = {
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    # Partitions of Parquet tables are those that are there; the catalog, in memory, knows none.
    "spark.sql.hive.manageFilesourcePartitions": "false",
    # What does not fit is refused, before the driver's memory ends.
    "spark.driver.maxResultSize": "512m",
}


class Spark:
    """`session` while there is one. Nothing is imported from pyspark before it is started."""

    def __init__(self, settings):
        self._settings = settings
        self.session = None
        self.error = None
        self.application = None
        self.ui = None
        #: Called with each new SparkContext.
        self.on_start = []

    @property
    def jvm_pid(self):
        process = getattr(self._gateway, "proc", None)
        return process.pid if process is not None and process.poll() is None else None

    @property
    def _gateway(self):
        return self.session.sparkContext._gateway if self.session is not None else None

    def death(self):
        """Why the JVM is gone; None while it lives, and where none was started."""
        process = getattr(self._gateway, "proc", None)
        code = process.poll() if process is not None else None
        if code is None:
            return None
        # 52 is Spark's own code for an OutOfMemoryError.
        why = {52: "it had no memory left", -9: "it was killed, perhaps because memory ran out"}
        return f"The Java process of the Spark driver has ended: {why.get(code, f'exit code {code}')}."

    def is_running(self):
        """Whether the session can be used. Asks the JVM: not for a thread that must not wait."""
        if self.session is None or self.jvm_pid is None:
            return False
        context = self.session.sparkContext
        try:
            return context._jsc is not None and not context._jsc.sc().isStopped()
        except Exception:
            return False

    def start(self):
        """Makes the session, or another one in place of one that has ended. Raises what Spark raises."""
        if self.is_running():
            return self.session
        self.error = self.application = self.ui = None
        try:
            self._clear()
            self.session = self._make()
        except BaseException as error:
            self.error = reason(error)
            raise
        context = self.session.sparkContext
        self.application, self.ui = context.applicationId, context.uiWebUrl
        for listener in self.on_start:
            listener(context)
        return self.session

    def _clear(self):
        """Takes away what is left of a context that has ended, or whose JVM has."""
        self.session = None
        pyspark = sys.modules.get("pyspark")
        if pyspark is None:
            return
        from pyspark.sql import SparkSession

        context, gateway = pyspark.SparkContext._active_spark_context, pyspark.SparkContext._gateway
        is_alive = gateway is not None and getattr(gateway, "proc", None) is not None and gateway.proc.poll() is None
        if context is not None:
            with contextlib.suppress(Exception):
                stop_of(type(context))(context)
            pyspark.SparkContext._active_spark_context = None
        SparkSession._instantiatedSession = SparkSession._activeSession = None
        if not is_alive:
            pyspark.SparkContext._gateway = pyspark.SparkContext._jvm = None

    def _make(self):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        from pyspark.java_gateway import launch_gateway
        from pyspark.sql import SparkSession

        from pyspark import SparkConf, SparkContext

        conf = SparkConf()
        for key, value in self.properties().items():
            conf.set(key, value)
        if SparkContext._gateway is None:
            # What the JVM logs is for the server's log, not for the cell that runs.
            log = log_descriptor()
            launched = launch_gateway(conf, {} if log is None else {"stdout": log, "stderr": log})
            context = SparkContext(gateway=launched, conf=conf)
        else:
            context = SparkContext(conf=conf)
        give_up_calls()
        keep(type(context), SparkSession)
        quiet_library()
        return SparkSession(context)

    def properties(self):
        """Those of the client over the library's and ours."""
        from medallion.context import SETTINGS

        settings = self._settings
        own = {**DEFAULTS, **SETTINGS, "spark.medallion.lakeRoot": settings.get("lakeRoot") or "/data"}
        if settings.get("fileSystem"):
            # Executors must see what the driver makes; without a catalog that lasts, nobody finds it again.
            own["spark.sql.warehouse.dir"] = f"{settings['fileSystem']}/tmp/medallion-warehouse"
        own["spark.app.name"] = settings.get("appName") or "Session"
        own["spark.master"] = settings.get("master") or "local[1]"
        return {**own, **settings.get("properties", {})}

    def begin_group(self, group, title):
        """The jobs that this thread starts from now on belong to this group."""
        if self.session is None:
            return
        # Without a JVM there are no jobs either; the code that needs one says so in its own words.
        with contextlib.suppress(Exception):
            self.session.sparkContext._jsc.setJobGroup(group, title, True)

    def cancel_group(self, group):
        """Ends a group's jobs and those that its call in the JVM would start yet, without waiting for it."""
        if self.session is None or group is None:
            return
        context = self.session.sparkContext

        def cancel():
            for _ in range(3):
                with contextlib.suppress(Exception):
                    context._jsc.sc().cancelJobGroupAndFutureJobs(group)
                    return

        # In a thread of its own, which has a connection of its own.
        threading.Thread(target=cancel, name="medallion-cancel", daemon=True).start()

    def warm_up(self):
        """Does aside, once, what a first query waits for: executors that start, and classes that are loaded."""
        session = self.session

        def run():
            with contextlib.suppress(Exception):
                session.sparkContext.setJobGroup("medallion-warm-up", "Warm-up", True)
                session.range(2).selectExpr("sum(id)").collect()

        threading.Thread(target=run, name="medallion-warm-up", daemon=True).start()


#: What a start says whose application the master has ended meanwhile, which it does when executors fail ten times.
ENDED_MEANWHILE = ("running MetricsSystem", "stopped SparkContext")


def reason(error):
    """Why Spark did not start, in one line: Java's own without its stack, which the cell that started it shows."""
    said = f"{type(error).__name__}: {error}"
    with contextlib.suppress(Exception):  # of a JVM that is gone
        said = str(error.java_exception.toString())
    if any(text in said for text in ENDED_MEANWHILE):
        return "Spark ended the application while it started: its executors failed. The log of spark-worker says why."
    return said.strip().splitlines()[0]


class GivenUp(BaseException):
    """An interrupt on its way out of py4j, which does to a KeyboardInterrupt what must not be done."""


def give_up_calls():
    """Makes an interrupted call of the JVM let go of its connection, for the next call must not read this one's answer.

    py4j itself closes the connections of all threads, among them the one that cancels the jobs, and logs a page.
    """
    from py4j.clientserver import ClientServerConnection, JavaClient

    if hasattr(JavaClient.send_command, "__wrapped__"):
        return
    send_on, send = ClientServerConnection.send_command, JavaClient.send_command

    def send_on_connection(self, command):
        try:
            return send_on(self, command)
        except KeyboardInterrupt:
            raise GivenUp from None

    def send_command(self, command, *args, **kwargs):
        try:
            return send(self, command, *args, **kwargs)
        except GivenUp:
            connection = self.get_thread_connection()
            self.thread_connection.connection = None
            with contextlib.suppress(Exception):
                connection.close()
            raise KeyboardInterrupt from None

    send_on_connection.__wrapped__, send_command.__wrapped__ = send_on, send
    ClientServerConnection.send_command, JavaClient.send_command = send_on_connection, send_command


def log_descriptor():
    """The kernel's own stderr, behind the stream that goes to clients."""
    with contextlib.suppress(AttributeError, io.UnsupportedOperation, ValueError):
        return sys.stderr.fileno()
    return None


def stop_of(kind):
    """A class's own `stop`, behind the one that keeps the session."""
    return getattr(kind.stop, "__wrapped__", kind.stop)


def keep(*kinds):
    """Makes `stop()` of the session and its context do nothing: scripts end with it, and the session goes on."""
    for kind in kinds:
        if hasattr(kind.stop, "__wrapped__"):
            continue

        def stop(self, _stop=kind.stop):
            caller = sys._getframe(1).f_globals.get("__name__", "")
            if not caller.startswith(("medallion.", "pyspark.")):
                print("Spark stays: restart the session, or shut it down, to end it.", file=sys.stderr)

        stop.__wrapped__ = kind.stop
        kind.stop = stop


def quiet_library():
    """`medallion.job()` reports to the client that follows a driver's output; there is none here."""
    from medallion import context

    context.emit = lambda *_, **__: None
