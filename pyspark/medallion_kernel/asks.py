"""Questions of the client that are answered between cells, by name.

    @answers("drop")
    def drop(kernel, name):
        ...
        return {}

A handler gets the `Kernel` (`kernel.user_ns`, `kernel.spark`, `kernel.settings`) and the question's arguments by their
names, and gives what JSON can hold. `Refused` is for what a person can mend: its text is shown as it is.
"""

import json

ANSWER_MIME = "application/vnd.medallion.answer+json"

_handlers = {}


class Refused(Exception):
    """The question cannot be answered as it was asked; the message says why, and what to do."""


def answers(name):
    """Makes a function `(kernel, **arguments)` the handler of questions of this name."""

    def register(handler):
        _handlers[name] = handler
        return handler

    return register


class Answer:
    """What an expression of an execute_request gives: the answer, as the one MIME type of its bundle."""

    def __init__(self, content):
        self._content = content

    def __repr__(self):
        return ""

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {ANSWER_MIME: self._content, "text/plain": ""}


def ask(kernel, question):
    """Answers `{"name", "args"}`, given as JSON text. Never raises, for the client reads the answer's own error."""
    try:
        asked = json.loads(question)
        handler = _handlers.get(asked["name"])
        if handler is None:
            raise Refused(f'The session knows no question "{asked["name"]}".')
        value = handler(kernel, **asked.get("args", {}))
        # Here and not in the kernel's own packing, which would make something else of what JSON cannot hold.
        json.dumps(value, allow_nan=False)
        return Answer({"ok": True, "value": value})
    except BaseException as error:
        # An interrupt is an answer too.
        return Answer({"ok": False, "error": {"type": type(error).__name__, "message": sentence(error)}})


def sentence(error, limit=4000):
    """What an error says, without the Java stack that Spark adds."""
    said = getattr(error, "_desc", None) or getattr(error, "desc", None)
    text = said if isinstance(said, str) else str(error)
    kept = []
    for line in text.splitlines():
        if line.lstrip().startswith("at ") and line.rstrip().endswith(")"):
            continue
        if line.strip() in ("JVM stacktrace:", "Driver stacktrace:"):
            break
        kept.append(line)
    return ("\n".join(kept).strip() or type(error).__name__)[:limit]
