"""The modules beside the script that is run: on the Python path of the driver and of the executors."""

import base64
import importlib
import os
import re
import shutil
import sys
import tempfile

from medallion_kernel.asks import Refused, answers


class Imports:
    """One zip at a time, `<hash>.zip`. Another one takes the place of the former: its modules are imported anew."""

    def __init__(self, kernel):
        self._kernel = kernel
        self._directory = None
        self._path = None
        self._sent = set()
        kernel.driver.on_start.append(self._send_library)
        kernel.driver.on_start.append(self._send)

    def use(self, key, content):
        """`content`: the zip's bytes; None for one that is there already. An empty key means no modules."""
        path = self._place(key) if key else None
        if path == self._path:
            return
        if path is not None and not os.path.exists(path):
            if content is None:
                raise Refused("The modules of the script are not here any more: send them again.")
            with open(path + ".part", "wb") as file:
                file.write(content)
            os.replace(path + ".part", path)
        self._drop()
        self._path = path
        if path is not None:
            sys.path.insert(0, path)
        importlib.invalidate_caches()
        if self._kernel.spark is not None:
            self._send(self._kernel.spark.sparkContext)

    def _place(self, key):
        if not re.fullmatch(r"[0-9A-Za-z]{8,128}", key):
            raise Refused("This is not the hash of a zip.")
        # As jobs name theirs, so that tracebacks are read the same way.
        return os.path.join(self._own_directory(), f"{key[:32]}.zip")

    def _own_directory(self):
        if self._directory is None:
            self._directory = tempfile.mkdtemp(prefix="medallion-modules-")
            self._kernel.at_exit(shutil.rmtree, self._directory, True)
        return self._directory

    def _drop(self):
        if self._path is None:
            return
        name = os.path.basename(self._path)
        for module, loaded in list(sys.modules.items()):
            file = getattr(loaded, "__file__", None) or ""
            if f"{os.sep}{name}{os.sep}" in file:
                del sys.modules[module]
        for path in [p for p in sys.path if os.path.basename(p) == name]:
            sys.path.remove(path)
            sys.path_importer_cache.pop(path, None)

    def _send_library(self, context):
        """`medallion` to the executors, as the bundle of a job brings it to theirs."""
        import medallion

        path = os.path.join(self._own_directory(), "medallion.zip")
        if not os.path.exists(path):
            parent, name = os.path.split(os.path.dirname(medallion.__file__))
            shutil.make_archive(path.removesuffix(".zip"), "zip", parent, name)
        context.addFile(path)
        context._python_includes.append(os.path.basename(path))

    def _send(self, context):
        """To the executors. Their Python workers live on between jobs, with the modules that they have imported: another
        environment makes Spark start others."""
        name = os.path.basename(self._path) if self._path else ""
        context._python_includes[:] = [n for n in context._python_includes if n not in self._sent]
        context.environment["MEDALLION_MODULES"] = name
        if self._path is not None:
            # addPyFile would also put a copy on the driver's path, where ours is already.
            context.addFile(self._path)
            context._python_includes.append(name)
            self._sent.add(name)


@answers("imports")
def imports(kernel, hash="", zip=None, argv=None):
    """What `python script.py ARGS` would see: its neighbours first on the path, and its arguments."""
    kernel.imports.use(hash, None if zip is None else base64.b64decode(zip))
    if argv:
        sys.argv = [str(word) for word in argv]
        kernel.user_ns["__file__"] = sys.argv[0]
    return {}
