"""Small files of the lake, through Hadoop's own file system API in the driver's JVM."""

import contextlib
import json
import uuid

from py4j.protocol import Py4JJavaError


class Exists(Exception):
    """A file was to be made that is there already."""


class Files:
    """Reads and writes whole small files. Paths are as Spark takes them; times are milliseconds of the server's clock."""

    def __init__(self, spark):
        self._jvm = spark._jvm
        self._configuration = spark._jsc.hadoopConfiguration()

    def _path(self, path):
        return self._jvm.org.apache.hadoop.fs.Path(path)

    def _at(self, path):
        at = self._path(path)
        return at.getFileSystem(self._configuration), at

    def create(self, path, text):
        """Makes a file that must not exist: on HDFS exactly one of several callers succeeds, the others get Exists."""
        fs, at = self._at(path)
        fs.mkdirs(at.getParent())
        try:
            out = fs.create(at, False)
        except Py4JJavaError as error:
            # Another client that is still writing it holds it too; HDFS says that as a RemoteException.
            said = str(error.java_exception.toString())
            if any(name in said for name in ("FileAlreadyExists", "AlreadyBeingCreated", "already exists")):
                raise Exists(path) from None
            raise
        try:
            out.write(text.encode())
        finally:
            out.close()

    def write(self, path, text):
        """Puts a file in place by a rename, so that a reader sees the old or the new content, never a part."""
        fs, at = self._at(path)
        fs.mkdirs(at.getParent())
        temporary = self._path(f"{at.getParent()}/.{at.getName()}.{uuid.uuid4().hex}")
        out = fs.create(temporary, True)
        try:
            out.write(text.encode())
        finally:
            out.close()
        self._rename(temporary, at)

    def _rename(self, source, target):
        rename = self._jvm.org.apache.hadoop.fs.Options.Rename
        options = self._jvm.java.lang.reflect.Array.newInstance(rename.OVERWRITE.getClass(), 1)
        options[0] = rename.OVERWRITE
        context = self._jvm.org.apache.hadoop.fs.FileContext.getFileContext(
            source.getFileSystem(self._configuration).getUri(), self._configuration
        )
        context.rename(source, target, options)

    def move(self, source, target):
        """Renames a file that may be gone meanwhile; True if it was this call that moved it."""
        fs, at = self._at(source)
        try:
            return fs.rename(at, self._path(target))
        except Py4JJavaError as error:
            if java_class(error).endswith("FileNotFoundException"):
                return False
            raise

    def touch(self, path):
        """Makes or renews an empty file; gives its new time. It costs the name server only."""
        fs, at = self._at(path)
        fs.create(at, True).close()
        return fs.getFileStatus(at).getModificationTime()

    def modified(self, path):
        """The time of the last change, or None without such a file."""
        fs, at = self._at(path)
        with missing_is_none():
            return fs.getFileStatus(at).getModificationTime()

    def read(self, path):
        """The content as text, or None without such a file."""
        fs, at = self._at(path)
        with missing_is_none():
            stream = fs.open(at)
            try:
                return bytes(stream.readAllBytes()).decode()
            finally:
                stream.close()

    def read_json(self, path):
        """The content as JSON; None without such a file, or with one that is still being written."""
        text = self.read(path)
        try:
            return json.loads(text) if text else None
        except ValueError:
            return None

    def names(self, path):
        """The names of a directory's entries; empty without such a directory."""
        fs, at = self._at(path)
        with missing_is_none():
            return [status.getPath().getName() for status in fs.listStatus(at)]
        return []

    def remove(self, path):
        fs, at = self._at(path)
        return fs.delete(at, True)


def java_class(error):
    return error.java_exception.getClass().getName()


@contextlib.contextmanager
def missing_is_none():
    try:
        yield
    except Py4JJavaError as error:
        if not java_class(error).endswith("FileNotFoundException"):
            raise
