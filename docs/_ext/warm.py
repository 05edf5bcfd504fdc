"""Kernels that start at once: each is a fork of one process that has imported all that is heavy.

Importing PyTorch takes longer than most pages run.  So one process, the stem, imports what
pages use, runs nothing, and splits off a fresh kernel for each page that asks.  Pages share
no variable, no figure and no seed; what they share is modules as they are after import.

Jupyter starts ``python warm.py SOCKET -f CONNECTION_FILE`` as the kernel.  That process asks the
stem for a kernel and lives as long as it does: if one of the two ends, the other does as well.
Stem and kernels end with the process that has started the stem, which holds their input open.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
from pathlib import Path

# What kernels and pages import; a module that is not there is not needed by them either.
HEAVY = (
    "IPython.core.completer",
    "IPython.core.pylabtools",
    "debugpy.server.api",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "matplotlib.backends.backend_svg",
    "matplotlib.pyplot",
    "sklearn.datasets",
    "sklearn.linear_model",
    "sklearn.model_selection",
    "torch._dynamo",  # by the first step of any of its optimizers
    "torch.utils.data",
    "logreg_book.pytorch",
    "logreg_book.viz",
)
INPUT = 0  # the descriptor; what reads through `sys.stdin` would hold its lock across a fork


def ask(path: str, *arguments: str) -> None:
    """Ask the stem for a kernel, and wait until it ends."""
    order = {"arguments": arguments, "folder": str(Path.cwd()), "environment": dict(os.environ)}
    with socket.socket(socket.AF_UNIX) as stem:
        stem.connect(path)
        stem.sendall(json.dumps(order).encode() + b"\n")
        with contextlib.suppress(ConnectionResetError):  # it may end before it has read the order
            while stem.recv(1):
                pass


def serve(path: str) -> None:
    """Import, then split off a kernel for each who asks, until whoever started us has ended."""
    import importlib
    import threading

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a kernel here
    # read once, when Matplotlib is imported; a kernel would set it
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # as Jupyter's own kernels have it
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen()  # who asks before all is imported waits
    for name in HEAVY:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    threading.Thread(target=end_with, args=(INPUT,), daemon=True).start()
    while True:
        client, _ = server.accept()
        if os.fork() == 0:
            server.close()
            become_kernel(client)
        client.close()


def become_kernel(client: socket.socket) -> None:
    """Be the kernel that was asked for."""
    import threading

    from ipykernel.kernelapp import IPKernelApp

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with client.makefile("rb") as order_file:
        order = json.loads(order_file.readline())
    os.setsid()
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    for other in (INPUT, client.fileno()):
        threading.Thread(target=end_with, args=(other,), daemon=True).start()
    # parent 1: what looks after it are these two
    IPKernelApp.launch_instance(argv=[*order["arguments"], "--IPKernelApp.parent_handle=1"])
    os._exit(0)


def end_with(descriptor: int) -> None:
    """End when the other end is closed: nobody ever writes there."""
    os.read(descriptor, 1)
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[2:]:
        ask(*sys.argv[1:])
    else:
        serve(sys.argv[1])
