"""What a kernel has said, on the disk, so that a client that was away can read it."""

import contextlib
import os
import tempfile
import threading
from array import array

LIMIT_BYTES = 1 << 30
SEGMENT_BYTES = 64 << 20


class Segment:
    """Consecutive records in a file without a name: it is gone with the process, however that ends."""

    def __init__(self, first, directory):
        self.first = first
        # Where each record ends. Appending to it is what makes a record part of the segment: one step, so that an
        # interrupt leaves all of a record or nothing.
        self.ends = array("Q")
        self._file, path = tempfile.mkstemp(prefix="medallion-", dir=directory)
        os.unlink(path)

    @property
    def last(self):
        return self.first + len(self.ends) - 1

    @property
    def size(self):
        return self.ends[-1] if self.ends else 0

    def append(self, record):
        at = end = self.size
        view = memoryview(record)
        while view:
            written = os.pwrite(self._file, view, end)
            end += written
            view = view[written:]
        self.ends.append(at + len(record))

    def append_lost(self):
        self.ends.append(self.size)

    def read(self, number):
        """A record; empty for one that could not be kept."""
        i = number - self.first
        begin = self.ends[i - 1] if i > 0 else 0
        return os.pread(self._file, self.ends[i] - begin, begin)

    def close(self):
        with contextlib.suppress(OSError):
            os.close(self._file)


class Spool:
    """Numbered records (1, 2, 3…), at most `limit_bytes` of them: the oldest are dropped, a segment at a time."""

    def __init__(self, directory=None, limit_bytes=LIMIT_BYTES, segment_bytes=SEGMENT_BYTES):
        self._directory = directory or spool_directory()
        self._limit = limit_bytes
        self._segment_bytes = segment_bytes
        self._segments = [Segment(1, self._directory)]
        self._lock = threading.RLock()

    @property
    def first(self):
        """The number of the oldest record that is held; one beyond the last where none is."""
        return self._segments[0].first

    @property
    def last(self):
        return self._segments[-1].last

    def append(self, record):
        """Keeps a record under the next number. A disk that is full costs old records, then this one, never an error."""
        with self._lock:
            segment = self._segments[-1]
            if segment.size > 0 and segment.size + len(record) > self._segment_bytes:
                with contextlib.suppress(OSError):
                    segment = Segment(segment.last + 1, self._directory)
                    self._segments.append(segment)
                self._drop_to(self._limit)
            try:
                segment.append(record)
            except OSError:
                self._drop_to(0)
                try:
                    segment.append(record)
                except OSError:
                    segment.append_lost()

    def _drop_to(self, limit):
        while len(self._segments) > 1 and sum(s.size for s in self._segments) > limit:
            self._segments.pop(0).close()

    def read_after(self, number, max_bytes):
        """The records after this number that fit, at least one; and whether there are more."""
        with self._lock:
            at, size, records = max(number + 1, self.first), 0, []
            last = self.last
            for segment in list(self._segments):
                while segment.first <= at <= segment.last:
                    record = segment.read(at)
                    if records and size + len(record) > max_bytes:
                        return records, True
                    if record:
                        records.append(record)
                    size += len(record)
                    at += 1
            return records, at <= last


def spool_directory():
    """Where temporary files may be large: `/tmp` is memory on some systems, `/var/tmp` is a disk."""
    if not os.environ.get("TMPDIR") and os.access("/var/tmp", os.W_OK | os.X_OK):
        return "/var/tmp"
    return tempfile.gettempdir()
