"""Numbers all that the kernel says to its clients, and keeps it, so that none of it is lost or told twice."""

import os
import threading

from ipykernel.iostream import BackgroundSocket, IOPubThread

from medallion_kernel.spool import Spool


class Journal:
    """Stands between the kernel and its Session: each message on iopub gets `metadata.medallion.seq`, 1, 2, 3…

    Number, record and the hand-over to the thread that sends are one step under a lock, so that messages arrive in the
    order of their numbers whatever threads they come from.
    """

    def __init__(self, kernel, spool=None):
        self._session = kernel.session
        self._pid = os.getpid()
        self._spool = spool or Spool()
        self._lock = threading.RLock()
        self._send = self._session.send
        #: `(message type) -> metadata of ours`, called in the thread that sends.
        self.more_metadata = lambda kind: {}
        self._session.send = self.send
        self._take_forked(kernel.iopub_thread)

    @property
    def last(self):
        return self._spool.last

    def send(
        self,
        stream,
        msg_or_type,
        content=None,
        parent=None,
        ident=None,
        buffers=None,
        track=False,
        header=None,
        metadata=None,
    ):
        """`Session.send`. A forked process has no part in the journal: what it says is numbered where it arrives."""
        if os.getpid() != self._pid:
            return self._send(stream, msg_or_type, content, parent, ident, buffers, track, header, metadata)
        if not isinstance(stream, (BackgroundSocket, IOPubThread)):
            if msg_or_type == "execute_reply":
                # A client that gets it knows which messages of the run it must have seen.
                metadata = {**(metadata or {}), "medallion": {"last": self.last}}
            return self._send(stream, msg_or_type, content, parent, ident, buffers, track, header, metadata)
        if isinstance(msg_or_type, str):
            message = self._session.msg(msg_or_type, content, parent, header, metadata)
        else:
            message = dict(msg_or_type)
            buffers = buffers or message.get("buffers")
        # Packed once, for the wire and for the record.
        if not isinstance(message["content"], bytes):
            message["content"] = self._session.pack(message["content"])
        ours = self.more_metadata(message["header"]["msg_type"])
        with self._lock:
            number = self._spool.last + 1
            message["metadata"] = {**message["metadata"], "medallion": {**ours, "seq": number}}
            self._spool.append(self._record(number, message))
            return self._send(stream, message, ident=ident, buffers=buffers, track=track)

    def _record(self, number, message):
        pack = self._session.pack
        return b'{"seq":%d,"type":%s,"parent":%s,"content":%s,"metadata":%s}' % (
            number,
            pack(message["header"]["msg_type"]),
            pack((message.get("parent_header") or {}).get("msg_id")),
            message["content"],
            pack(message["metadata"]),
        )

    def replay(self, after, max_bytes):
        """The content of a replay's reply, packed: what came after a number, as much as fits."""
        with self._lock:
            records, more = self._spool.read_after(after, max_bytes)
            first, last = self._spool.first, self._spool.last
        return b'{"status":"ok","first":%d,"last":%d,"messages":[%s],"more":%s}' % (
            first,
            last,
            b",".join(records),
            b"true" if more else b"false",
        )

    def _take_forked(self, thread):
        """Output of forked processes comes through a pipe, ready to be sent: it takes the way of all messages instead."""
        pipe = getattr(thread, "_pipe_in", None)
        if pipe is None:
            return

        def on_message(frames):
            if frames[0] != thread._pipe_uuid:
                return
            idents, parts = self._session.feed_identities(frames[1:])
            self.send(thread, self._session.deserialize(parts), ident=idents)

        pipe.on_recv(on_message)
