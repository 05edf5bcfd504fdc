"""A kernel that was split off one process ends when whoever needed it has ended."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
from small_site import ROOT

WARM = ROOT / "docs/_ext/warm.py"


@pytest.fixture
def stem(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has imported what kernels need, and waits for who asks."""
    command = [sys.executable, str(WARM), str(tmp_path / "stem")]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        while not (tmp_path / "stem").exists():
            time.sleep(0.01)
        yield process
        process.kill()


@pytest.fixture
def asker(stem: subprocess.Popen[bytes], tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Who asks for a kernel, as Jupyter does."""
    command = [sys.executable, str(WARM), str(tmp_path / "stem")]
    with subprocess.Popen([*command, "-f", str(tmp_path / "kernel.json")]) as process:
        yield process
        process.kill()


def kernel_of(stem: subprocess.Popen[bytes]) -> psutil.Process:
    """The kernel as soon as it has been split off."""
    while not (children := psutil.Process(stem.pid).children()):
        time.sleep(0.001)
    return children[0]


def ended(kernel: psutil.Process) -> bool:
    """Whether it ends soon; if it does not it is killed."""
    _, alive = psutil.wait_procs([kernel], timeout=20)
    for process in alive:
        process.kill()
    return not alive


def test_a_kernel_ends_with_the_build_even_if_it_had_only_begun(
    stem: subprocess.Popen[bytes], asker: subprocess.Popen[bytes]
) -> None:
    kernel = kernel_of(stem)
    assert stem.stdin is not None
    stem.stdin.close()  # as when the build is killed
    stem.send_signal(signal.SIGKILL)
    assert ended(kernel)
    assert asker.wait(20) == 0


@pytest.mark.parametrize("ready", [True, False])
def test_a_kernel_ends_with_whoever_asked_for_it(
    stem: subprocess.Popen[bytes], asker: subprocess.Popen[bytes], tmp_path: Path, ready: bool
) -> None:
    kernel = kernel_of(stem)
    while ready and not (tmp_path / "kernel.json").exists():
        time.sleep(0.01)
    asker.kill()
    assert ended(kernel)
    assert stem.poll() is None


def test_whoever_asked_ends_in_peace_if_nobody_reads_what_it_asked(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as stem:
        stem.bind(str(tmp_path / "stem"))
        stem.listen()
        command = [sys.executable, str(WARM), str(tmp_path / "stem"), "-f", "kernel.json"]
        with subprocess.Popen(command) as asker:
            client, _ = stem.accept()
            client.recv(1)  # now it has asked; the rest is lost
            client.close()
            assert asker.wait(20) == 0
