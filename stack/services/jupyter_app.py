"""A Jupyter Server that tells how a kernel has ended: `medallion_exit` in the kernel's model, `{"code", "oomKills"}`."""

import contextlib
from pathlib import Path

from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager, ServerKernelManager
from traitlets import default


def oom_kills(proc=Path("/proc"), cgroup=Path("/sys/fs/cgroup")):
    """How many processes of this control group the system has ended for lack of memory; None where it does not say."""
    with contextlib.suppress(OSError, ValueError):
        for line in (proc / "self" / "cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers and "memory" not in controllers.split(","):
                continue
            root, name = (cgroup / "memory", "memory.oom_control") if controllers else (cgroup, "memory.events")
            # In a container the path may be the host's, and the root is the container's own group.
            for group in (root / path.lstrip("/"), root):
                with contextlib.suppress(OSError):
                    counts = dict(line.split() for line in (group / name).read_text().splitlines())
                    return int(counts["oom_kill"]) if "oom_kill" in counts else None
    return None


class KernelProcess(ServerKernelManager):
    """A kernel that knows how its last process ended, if by itself."""

    exit = None
    _oom_kills = None

    async def is_alive(self):
        """The restarter asks, every few seconds; it restarts the kernel when it is not."""
        process = getattr(self.provisioner, "process", None)
        code = None if process is None else process.poll()
        kills = oom_kills()
        if code is None:
            self._oom_kills = kills
        elif not self.shutting_down:
            before = kills if self._oom_kills is None else self._oom_kills
            self.exit = {"code": code, "oomKills": None if kills is None else kills - before}
        return await super().is_alive()


class Kernels(AsyncMappingKernelManager):
    """The kernels of the server, in whose models is how they ended."""

    @default("kernel_manager_class")
    def _kernel_manager_class(self):
        return f"{__name__}.{KernelProcess.__name__}"

    def kernel_model(self, kernel_id):
        exit = self._kernels[kernel_id].exit if kernel_id in self else None
        return {**super().kernel_model(kernel_id), **({} if exit is None else {"medallion_exit": exit})}


if __name__ == "__main__":
    ServerApp.launch_instance(kernel_manager_class=Kernels)
