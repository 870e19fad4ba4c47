"""What the warm session adds to a Jupyter kernel. The client sends this package into it and calls `begin`."""

import json


def begin(shell, settings):
    """Puts `__medallion__` into the shell's namespace, once. `settings` is JSON text of format 1."""
    from medallion_kernel.kernel import Kernel

    running = getattr(shell, "_medallion", None)
    if running is None:
        shell._medallion = Kernel(shell, json.loads(settings))
