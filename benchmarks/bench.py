"""Ratios of times, and memory: ours against PyTorch, scikit-learn and the bare matrix products.

``nox -s bench`` prints them, ``nox -s bench -- --keep`` writes them to ``figures.json`` too,
which the site's colophon shows.  The competitors of a row take turns, and a figure is the
median of the ratios of its rounds: machines are noisy, and most of the noise hits both sides
of a ratio.  How noisy it was is kept beside it, as the quartiles.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from logreg_book.training import _gradients

from . import peers, tables
from .peers import Competitors, Size

FIGURES = Path(__file__).with_name("figures.json")
SHAPES = [
    (32, 2, 2),
    (256, 30, 2),
    (256, 64, 10),
    (10_000, 64, 10),
    (100_000, 20, 2),
    (1_000_000, 20, 2),
    (60_000, 784, 10),
]
SIZES = [Size(*shape, dtype) for dtype in ("float64", "float32") for shape in SHAPES]
TABLES: dict[Callable[[Size], Competitors], list[Size]] = {
    peers.definition: [size for size in SIZES if size.B <= 10_000],
    peers.step: SIZES,
    peers.epoch: [size for size in SIZES if size.B >= 10_000],
    peers.training: [Size(10_000, 20, 2), Size(100_000, 20, 2), Size(10_000, 64, 10)],
}
GROWTH = {
    "B": [Size(B, 20, 2) for B in (10_000, 100_000, 1_000_000)],
    "d": [Size(10_000, d, 2) for d in (20, 200, 2000)],
    "K": [Size(10_000, 20, K) for K in (3, 30, 300)],
}
WINDOW = 0.02  # seconds that a measurement of one competitor takes at least
ROUNDS = (5, 31)  # at least and at most
IDLE = 10  # percent of the processor that others may take
CALM, ATTEMPTS = 0.2, 4  # a row whose quartiles lie further apart is measured again


def seconds(f: Callable[[], object], calls: int = 1) -> float:
    """Time of a call, as the mean of several."""
    start = time.perf_counter()
    for _ in range(calls):
        f()
    return (time.perf_counter() - start) / calls


def ratios(competitors: Competitors, patience: float) -> dict[str, list[float]]:
    """Time of each other competitor over ours, as quartiles: above 1, we are faster."""
    for f in competitors.values():
        f()  # the first call is slow, and compiles
    once = {name: min(seconds(f), seconds(f)) for name, f in competitors.items()}
    calls = {name: int(WINDOW / time) + 1 for name, time in once.items()}
    a_round = sum(once[name] * calls[name] for name in once)
    least, most = ROUNDS
    rounds = [
        {name: seconds(f, calls[name]) for name, f in competitors.items()}
        for _ in range(max(least, min(most, int(patience / a_round))))
    ]
    return {
        name: statistics.quantiles((r[name] / r["ours"] for r in rounds), method="inclusive")
        for name in competitors
        if name != "ours"
    }


def calmest(competitors: Competitors, patience: float, wait: float) -> dict[str, list[float]]:
    """Ratios of the attempt whose rounds agree most: others may have had the machine as well."""
    attempts: list[dict[str, list[float]]] = []
    while len(attempts) < ATTEMPTS:
        wait_until_idle(wait)
        attempts.append(ratios(competitors, patience))
        if spread(attempts[-1]) < CALM:
            break
    return min(attempts, key=spread)


def wait_until_idle(wait: float) -> None:
    """Let other programs finish, for so many seconds at most."""
    end = time.monotonic() + wait
    while time.monotonic() < end and psutil.cpu_percent(interval=1) > IDLE:
        pass


def spread(figures: dict[str, list[float]]) -> float:
    """Distance of the quartiles, as a share of the median, where it is largest."""
    return max((high - low) / median for low, median, high in figures.values())


def memory(size: Size) -> float:
    """Largest memory of a step inside `train` beyond its input, in MB."""
    arguments = peers.problem(size)
    tracemalloc.start()
    try:
        _gradients(*arguments, peers.ETA)
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def compiler_fault() -> str:
    """Why PyTorch can compile nothing here; empty if it can."""
    try:
        torch.compile(torch.sin)(torch.zeros(2))
    except Exception as error:  # whatever is missing: it is a peer, not the project
        return str(error).splitlines()[0]
    return ""


def measure(
    threads: int, patience: float, wait: float, without: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    """All rows of the tables of times."""
    torch.set_num_threads(threads)
    with threadpool_limits(threads):
        for make, sizes in TABLES.items():
            for size in sizes:
                torch._dynamo.reset()  # what was compiled for another size or number of threads
                competitors = {k: f for k, f in make(size).items() if k not in without}
                yield row(make.__name__, threads, size, calmest(competitors, patience, wait))
        for name, sizes in GROWTH.items():
            found = calmest(peers.growth(sizes), patience, wait)
            yield row(f"growth with {name}", threads, sizes[0], found)


def row(table: str, threads: int, size: Size, figures: dict[str, list[float]]) -> dict[str, Any]:
    """One row, printed as it is found."""
    shown = "   ".join(f"{name} {q[1]:.2f} ({q[0]:.2f}-{q[2]:.2f})" for name, q in figures.items())
    print(f"{table:13} {threads} thread(s) {size.dtype} {size!s:20} {shown}", flush=True)
    rounded = {name: [float(f"{q:.3g}") for q in quartiles] for name, quartiles in figures.items()}
    return {"table": table, "threads": threads} | size._asdict() | {"over ours": rounded}


def machine() -> dict[str, Any]:
    """What the figures hold for."""
    packages = ("numpy", "torch", "scikit-learn")
    libraries = (info for info in threadpool_info() if "numpy" in info["filepath"])
    blas: dict[str, Any] = next(libraries, {})  # SciPy brings another one
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "BLAS of NumPy": " ".join(
            str(blas.get(k)) for k in ("internal_api", "version", "architecture")
        ),
        "versions": {"Python": platform.python_version()} | {p: version(p) for p in packages},
    }


def processor() -> str:
    """Its name, where the system tells."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="nox -s bench --", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    keep = "write them to figures.json, which the site shows"
    parser.add_argument("--keep", dest="json", action="store_const", const=FIGURES, help=keep)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    patience = "seconds that a row may take, if that gives rounds enough"
    parser.add_argument("--patience", type=float, default=20, help=patience)
    without = "competitors to leave out, as compiled or 'one graph', which take minutes to compile"
    parser.add_argument("--without", nargs="*", default=[], help=without)
    wait = "seconds that a row may wait for other programs to finish"
    parser.add_argument("--wait", type=float, default=0, help=wait)
    return parser.parse_args()


def main() -> None:
    """Print the tables; write the figures if a file was named."""
    asked = options()
    fault = "" if {"compiled", "one graph"} <= {*asked.without} else compiler_fault()
    if fault:
        print(f"torch.compile is not available: {fault}")
    without = (*asked.without, *(("compiled", "one graph") if fault else ()))
    print("Time of each over ours, as median (quartiles): above 1, we are faster.")
    load = [os.getloadavg()[0]] if hasattr(os, "getloadavg") else []
    rows = [row for n in asked.threads for row in measure(n, asked.patience, asked.wait, without)]
    print("Memory of a step beyond its input, in MB.")
    for size in SIZES:
        rows.append({"table": "memory"} | size._asdict() | {"MB": round(memory(size), 3)})
        print(f"{size.dtype} {size!s:20} {rows[-1]['MB']}")
    if asked.json:
        date = datetime.date.today().isoformat()
        load += [os.getloadavg()[0]] if hasattr(os, "getloadavg") else []
        figures = {"date": date, "machine": machine() | {"load": load}, "not available": fault}
        asked.json.write_text(json.dumps(figures | {"rows": rows}, indent=1) + "\n")
    if asked.json == FIGURES:
        tables.write()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as compiled:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = compiled
        os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"  # made for other threads
        os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"  # none that run while we measure
        main()
