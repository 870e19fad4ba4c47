"""One writer at a time: a lease on a lake, kept as a file that the name server lets only one client make."""

import json
import os
import socket
import threading
import time
import uuid

from medallion.files import Exists

BEAT_SECONDS = 3.0
STALE_SECONDS = 20.0
# A machine that slept wakes up with its holder alive: a stale lease must also stay without a beat while watched.
WATCH_SECONDS = 7.0
WAIT_SECONDS = 1800.0


class LeaseLost(Exception):
    """Another run took the lease over: this one must not write any more."""


class LeaseBusy(Exception):
    """Another run holds the lease and keeps it alive."""


class Lease:
    """`with Lease(files, path, on_lost):` holds the lease of `path`. Times are judged by the file server's clock only.

    The lease is `path`, with its holder's token; the holder beats by touching `path.<token>`. Who finds it without
    a beat moves it away, which only one can, and makes it anew. `on_lost` is called from another thread.
    """

    def __init__(
        self,
        files,
        path,
        on_lost,
        about=None,
        on_wait=None,
        beat=BEAT_SECONDS,
        stale=STALE_SECONDS,
        watch=WATCH_SECONDS,
        wait=WAIT_SECONDS,
    ):
        self._files = files
        self._path = path
        self._on_lost = on_lost
        self._on_wait = on_wait
        self._about = about or {}
        self._seconds = (beat, stale, watch, wait)
        self._token = uuid.uuid4().hex
        self._lost = threading.Event()
        self._done = threading.Event()
        self._thread = None

    def __enter__(self):
        beat, stale, watch, wait = self._seconds
        deadline = time.monotonic() + wait
        seen = None
        told = False
        self._files.touch(self._beat_of(self._token))
        try:
            while not self._try_create():
                holder = self._files.read_json(self._path) or {}
                token = holder.get("token", "")
                last = self._files.modified(self._beat_of(token)) if token else None
                if last is None:
                    last = self._files.modified(self._path)
                if last is None:
                    continue
                if seen is None or seen[:2] != (token, last):
                    seen = (token, last, time.monotonic())
                now = self._files.touch(self._beat_of(self._token))
                if now - last > stale * 1000 and time.monotonic() - seen[2] > watch:
                    self._take_away(token)
                    continue
                if not told and self._on_wait:
                    self._on_wait(holder)
                told = True
                if time.monotonic() > deadline:
                    raise LeaseBusy(
                        f"Another run ({describe(holder)}) has been writing to this lake for {wait:.0f} s. "
                        "Wait for its end or kill it, then run again."
                    )
                time.sleep(min(1.0, beat))
        except BaseException:
            self._files.remove(self._beat_of(self._token))
            raise
        self._thread = threading.Thread(target=self._beats, name="medallion-lease", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()
        # Another's lease is not ours to remove.
        if self._holds():
            self._files.remove(self._path)
        self._files.remove(self._beat_of(self._token))

    def check(self):
        """Raises LeaseLost unless this run still holds the lease. To be called before each commit."""
        if self._lost.is_set() or not self._holds():
            self._lose()
            raise LeaseLost(
                "This run was silent for too long and another one took its place. Nothing more is written. Run again."
            )

    def _beat_of(self, token):
        return f"{self._path}.{token}"

    def _try_create(self):
        about = {"token": self._token, "host": socket.gethostname(), "pid": os.getpid(), **self._about}
        try:
            self._files.create(self._path, json.dumps(about))
        except Exists:
            return False
        return True

    def _take_away(self, token):
        aside = f"{self._path}.stale.{self._token}"
        if not self._files.move(self._path, aside):
            return
        taken = (self._files.read_json(aside) or {}).get("token", "")
        if taken == token:
            self._files.remove(aside)
            self._files.remove(self._beat_of(token))
        else:
            # Somebody was quicker, and this is the new holder's lease: give it back.
            self._files.move(aside, self._path)

    def _holds(self):
        holder = self._files.read_json(self._path)
        if holder is None:
            # For a moment it may be aside, see _take_away.
            time.sleep(1.0)
            holder = self._files.read_json(self._path)
        return (holder or {}).get("token") == self._token

    def _lose(self):
        if not self._lost.is_set():
            self._lost.set()
            self._on_lost()

    def _beats(self):
        beat, stale, _, _ = self._seconds
        last = time.monotonic()
        while not self._done.wait(beat):
            try:
                self._files.touch(self._beat_of(self._token))
                held = self._holds()
                last = time.monotonic()
            except Exception:
                # The file server may be away for a while; without it nobody can take the lease either.
                held = time.monotonic() - last < 3 * stale
            if not held:
                self._lose()
                return


def describe(holder):
    return ", ".join(f"{key} {value}" for key, value in holder.items() if key != "token") or "unknown"
