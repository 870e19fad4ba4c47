"""What runs now, and how it is stopped: the shell's requests from their beginning to their end."""

import contextlib
import os
import signal
import threading


class Requests:
    """Follows the kernel's execute_requests, puts each one's Spark jobs into a group of its own, and stops them.

    ipykernel gives each request Python's own SIGINT handler, which leaves the Spark jobs running.
    """

    def __init__(self, kernel, spark):
        self._kernel = kernel
        self._spark = spark
        #: The msg_id of the execute_request that runs, and whether it is none of a person's.
        self.running = None
        self.is_silent = False
        self.interrupted = False
        self._before = kernel.pre_handler_hook
        self._execute = kernel.shell_handlers["execute_request"]
        self._cancel_on_sigint = kernel._cancel_on_sigint
        kernel.pre_handler_hook = self.pre_handler_hook
        kernel.shell_handlers["execute_request"] = self.execute
        kernel._cancel_on_sigint = self.cancel_on_sigint

    def pre_handler_hook(self):
        self._before()
        # In a subshell's thread the line above has raised.
        signal.signal(signal.SIGINT, self.on_interrupt)

    async def execute(self, stream, ident, parent):
        if threading.current_thread() is not threading.main_thread():
            await self._execute(stream, ident, parent)
            return
        content = parent["content"]
        self.interrupted = False
        self.is_silent = bool(content.get("silent"))
        self.running = parent["header"]["msg_id"]
        try:
            self._spark.begin_group(self.running, title_of(content.get("code", "")))
            await self._execute(stream, ident, parent)
        finally:
            self.running = None

    def on_interrupt(self, *_):
        self.interrupted = True
        self._spark.cancel_group(self.running)
        raise KeyboardInterrupt

    def cancel(self, request):
        """Ends the Spark jobs of a request that nobody waits for. An interrupt could hit the cell after it."""
        if request is not None and request == self.running:
            self._spark.cancel_group(request)

    @contextlib.contextmanager
    def cancel_on_sigint(self, future):
        """A cell that awaits is cancelled by the event loop, which waits itself while a Spark job runs."""
        with self._cancel_on_sigint(future):
            cancel = signal.getsignal(signal.SIGINT)

            def on_interrupt(*args):
                self.interrupted = True
                self._spark.cancel_group(self.running)
                cancel(*args)
                # In this thread it only queues the cancellation: a loop that waits must be woken.
                self._kernel.io_loop.asyncio_loop.call_soon_threadsafe(lambda: None)

            signal.signal(signal.SIGINT, on_interrupt)
            yield

    def facts(self):
        return {"pid": os.getpid(), "busy": self.running, "silent": self.is_silent if self.running else False}


def title_of(code, length=80):
    """The first line that says something, for Spark's own pages."""
    for line in code.splitlines():
        text = line.strip()
        if text and not text.startswith(("#", "%%", "--")):
            return text[:length]
    return "cell"
