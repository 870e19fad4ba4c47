"""A real kernel with medallion_kernel inside, spoken to as the editor does."""

import base64
import io
import json
import os
import queue
import time
import zipfile
from pathlib import Path

from jupyter_client.manager import KernelManager

PACKAGES = Path(__file__).parents[3] / "pyspark"
ANSWER = "application/vnd.medallion.answer+json"
TABLE = "application/vnd.medallion.table+json"
WAIT = 120

BEGIN = """
import base64 as _b, io as _i, sys as _s, tempfile as _t, zipfile as _z
_d = _t.mkdtemp()
_z.ZipFile(_i.BytesIO(_b.b64decode({zip!r}))).extractall(_d)
_s.path.insert(0, _d)
import medallion_kernel as _m
_m.begin(get_ipython(), {settings!r})
"""


def package_zip():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in ("medallion_kernel", "medallion"):
            for file in (PACKAGES / name).glob("*.py"):
                archive.write(file, f"{name}/{file.name}")
    return base64.b64encode(data.getvalue()).decode()


class Run:
    """What a client saw of one execute_request."""

    def __init__(self, messages, reply):
        self.messages = messages
        self.reply = reply
        self.id = reply["parent_header"]["msg_id"]

    def of(self, kind):
        return [m["content"] for m in self.messages if m["msg_type"] == kind]

    @property
    def text(self):
        return "".join(c["text"] for c in self.of("stream") if c["name"] == "stdout")

    @property
    def errors(self):
        return "".join(c["text"] for c in self.of("stream") if c["name"] == "stderr")

    @property
    def results(self):
        return [c["data"] for kind in ("execute_result", "display_data") for c in self.of(kind)]

    @property
    def table(self):
        (table,) = [data[TABLE] for data in self.results if TABLE in data]
        return table

    @property
    def traceback(self):
        (message,) = [m for m in self.messages if m["msg_type"] == "error"]
        return message["metadata"]["medallion"]["traceback"]

    @property
    def status(self):
        return self.reply["content"]["status"]


class WarmKernel:
    """Starts a kernel and sends the package into it, as src/session does. To be closed."""

    def __init__(self, settings=None, environment=None):
        self.manager = KernelManager()
        self.manager.start_kernel(env={**os.environ, **(environment or {})})
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=WAIT)
        settings = {"format": 1, "appName": "test", "lakeRoot": "/data", "environment": {}, **(settings or {})}
        self.begin_code = BEGIN.format(zip=package_zip(), settings=json.dumps(settings))
        reply = self.client.execute(self.begin_code, silent=True, store_history=False, reply=True, timeout=WAIT)
        assert reply["content"]["status"] == "ok", reply["content"]["evalue"]
        self.first_id = reply["parent_header"]["msg_id"]
        self.drain()

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def drain(self):
        """Takes what is on its way."""
        seen = []
        while True:
            try:
                seen.append(self.client.get_iopub_msg(timeout=0.5))
            except queue.Empty:
                return seen

    def send(self, code, **options):
        return self.client.execute(code, **options)

    def finish(self, run_id, timeout=WAIT):
        """What comes for a run that was sent, until it has ended."""
        messages, end = [], time.monotonic() + timeout
        while True:
            message = self.client.get_iopub_msg(timeout=max(0.1, end - time.monotonic()))
            if message["parent_header"].get("msg_id") != run_id:
                continue
            messages.append(message)
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                break
        while True:
            reply = self.client.get_shell_msg(timeout=max(0.1, end - time.monotonic()))
            if reply["parent_header"].get("msg_id") == run_id:
                return Run(messages, reply)

    def run(self, code, timeout=WAIT, **options):
        return self.finish(self.send(code, **options), timeout)

    def value(self, expression):
        """What an expression gives, by its repr."""
        reply = self.run("", silent=True, user_expressions={"v": f"repr({expression})"}).reply
        answer = reply["content"]["user_expressions"]["v"]
        assert answer["status"] == "ok", answer
        return eval(eval(answer["data"]["text/plain"]))

    def ask(self, name, /, **args):
        question = json.dumps({"name": name, "args": args})
        run = self.run(
            "", silent=True, store_history=False, user_expressions={"answer": f"__medallion__.ask({question!r})"}
        )
        answer = run.reply["content"]["user_expressions"]["answer"]
        assert answer["status"] == "ok", answer
        return answer["data"][ANSWER]

    def answer(self, name, /, **args):
        said = self.ask(name, **args)
        assert said["ok"], said
        return said["value"]

    def control(self, kind, timeout=WAIT, **content):
        """Asks on the control channel; gives the reply's content."""
        message = self.client.session.msg(f"medallion_{kind}_request", content)
        self.client.control_channel.send(message)
        end = time.monotonic() + timeout
        while True:
            reply = self.client.get_control_msg(timeout=max(0.1, end - time.monotonic()))
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                assert reply["msg_type"] == f"medallion_{kind}_reply"
                return reply["content"]

    def replay(self, after=0, max_bytes=1 << 20):
        """All messages after a number, by as many requests as it takes."""
        messages = []
        while True:
            part = self.control("replay", after=after, maxBytes=max_bytes)
            messages += part["messages"]
            if not part["more"]:
                return messages
            after = messages[-1]["seq"]

    def wait_for_text(self, text, timeout=WAIT):
        """Until the kernel has printed it."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            message = self.client.get_iopub_msg(timeout=max(0.1, end - time.monotonic()))
            if message["msg_type"] == "stream" and text in message["content"]["text"]:
                return
        raise AssertionError(f"{text} did not come")

    def wait_for_busy(self, run_id):
        for _ in range(600):
            if self.control("state")["busy"] == run_id:
                return
            time.sleep(0.05)
        raise AssertionError("the run did not begin")
