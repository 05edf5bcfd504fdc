"""What was measured, as tables that the site's colophon includes.

``nox -s bench -- --keep`` and ``nox -s bench_site -- --keep`` write ``figures.json`` and
``site.json``, and then ``tables.md`` by this module.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

FIGURES = Path(__file__).with_name("figures.json")
SITE, TABLES = FIGURES.with_name("site.json"), FIGURES.with_name("tables.md")
TIMED = ("definition", "step", "epoch", "training")
TORCH = ("torch", "compiled", "one graph")

Row = dict[str, Any]


def markdown(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table.

    >>> print(markdown(["what", "how many"], [["apples", "3"]]))
    | what | how many |
    |---|---|
    | apples | 3 |
    """
    lines = [f"| {' | '.join(cells)} |" for cells in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * (lines[0].count("|") - 1), *lines[1:]])


def shape(row: Row) -> str:
    """Examples, inputs and classes of a row.

    >>> shape({"B": 100_000, "d": 20, "K": 2, "dtype": "float32"})
    '100,000 x 20 x 2'
    """
    return f"{row['B']:,} x {row['d']} x {row['K']}"


def ratio(quartiles: list[float] | None, *, may_lose: bool = False) -> str:
    """A median; bold if the other one is faster.

    >>> ratio([1.9, 2.0, 2.12]), ratio([0.8, 0.9, 1.0]), ratio([0.1, 0.2, 0.3], may_lose=True)
    ('2.00', '**0.90**', '0.20')
    """
    if quartiles is None:
        return "-"
    text = f"{quartiles[1]:.2f}" if quartiles[1] < 10 else f"{quartiles[1]:.1f}"
    return f"**{text}**" if quartiles[1] < 1 and not may_lose else text


def spread(found: Iterable[list[float]]) -> str:
    """How far apart quartiles are, as a share of the median, where it is most.

    >>> spread([[0.95, 1.0, 1.05], [2.0, 2.0, 2.1]])
    '10 %'
    """
    return f"{max((high - low) / median for low, median, high in found):.0%}".replace("%", " %")


def times(rows: list[Row], table: str, threads: int) -> str:
    """The table of this name."""
    found = [row for row in rows if row["table"] == table and row["threads"] == threads]
    names = list(dict.fromkeys(name for row in found for name in row["over ours"]))
    cells = (
        [shape(row), row["dtype"]]
        + [
            ratio(row["over ours"].get(name), may_lose=name in ("definition", "floor"))
            for name in names
        ]
        + [spread(row["over ours"].values())]
        for row in found
    )
    return markdown(["B x d x K", "dtype", *names, "spread"], cells)


def growth(rows: list[Row], threads: int) -> str:
    """How many times as long a larger problem takes."""
    found = [r for r in rows if r["table"].startswith("growth") and r["threads"] == threads]
    cells = (
        [shape(row), name, ratio(quartiles, may_lose=True)]
        for row in found
        for name, quartiles in row["over ours"].items()
    )
    return markdown(["from", "to", "times as long"], cells)


def memory(rows: list[Row]) -> str:
    """What a step needs beyond its input."""
    found = (row for row in rows if row["table"] == "memory")
    cells = ([shape(row), row["dtype"], f"{row['MB']:.3f}"] for row in found)
    return markdown(["B x d x K", "dtype", "MB"], cells)


def machine(figures: dict[str, Any]) -> str:
    """What the figures hold for."""
    about = dict(figures["machine"])
    about["versions"] = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    if load := about.pop("load"):
        about["load average"] = f"{load[0]:.1f} before, {load[1]:.1f} after"
    about["cores"] = str(about["cores"])
    if figures["not available"]:
        about["torch.compile"] = f"not available: {figures['not available']}"
    return markdown(["fact", "value"], [["measured on", figures["date"]], *about.items()])


def worst(rows: list[Row], table: str, names: Iterable[str], size_of: Callable[[Row], bool]) -> Row:
    """The row and the competitor that come nearest to us, or pass us most."""
    candidates = (
        row | {"name": name, "ratio": row["over ours"][name][1]}
        for row in rows
        if row["table"] == table and size_of(row)
        for name in names
        if name in row["over ours"]
    )
    return min(candidates, key=lambda row: row["ratio"])


def bars(rows: list[Row]) -> Iterator[list[str]]:
    """What was to be reached, the worst figure of all, and whether it is reached."""
    demands = (
        (
            "the definition, up to 10,000 examples: not slower than PyTorch",
            1,
            "definition",
            ["torch"],
            lambda r: True,
        ),
        ("a step of `train`: never slower than PyTorch", 1, "step", TORCH, lambda r: True),
        ("a step of 32 examples: 8 times as fast", 8, "step", TORCH, lambda r: r["B"] == 32),
        (
            "a large step: at most twice the two products alone",
            0.5,
            "step",
            ["floor"],
            lambda r: r["B"] >= 60_000,
        ),
        ("an epoch: faster than `SGDClassifier`", 1, "epoch", ["SGDClassifier"], lambda r: True),
        ("an epoch: 10 times as fast as `DataLoader`", 10, "epoch", ["DataLoader"], lambda r: True),
    )
    for demand, bar, table, names, size_of in demands:
        row = worst(rows, table, names, size_of)
        where = f"{row['name']} at {shape(row)}, {row['dtype']}, threads: {row['threads']}"
        yield [demand, f"{row['ratio']:.2f}: {where}", "yes" if row["ratio"] >= bar else "**no**"]
    peak = max(row["MB"] for row in rows if row["table"] == "memory" and row["B"] >= 1_000_000)
    demand = "memory beyond the input at a million examples: at most 64 MB"
    yield [demand, f"{peak:.2f} MB", "yes" if peak <= 64 else "**no**"]


def build(figures: dict[str, Any]) -> str:
    """What a build of the site costs.

    >>> print(build({"ratios": {"cold, over warm": 2.0}, "date": "2026-11-24", "cores": 2}))
    | build | ratio |
    |---|---|
    | cold, over warm | 2.00 |
    <BLANKLINE>
    Measured 2026-11-24, cores: 2.
    """
    ratios = ([name, f"{value:.2f}"] for name, value in figures["ratios"].items())
    about = f"Measured {figures['date']}, cores: {figures['cores']}."
    return f"{markdown(['build', 'ratio'], ratios)}\n\n{about}"


def show(figures: dict[str, Any], name: str) -> str:
    """The table of this name, in which a number of threads may come last."""
    rows = figures["rows"]
    table, _, threads = name.partition(" ")
    made: dict[str, Callable[[], str]] = {
        "bars": lambda: markdown(["to be reached", "worst figure", "reached"], bars(rows)),
        "growth": lambda: growth(rows, int(threads)),
        "machine": lambda: machine(figures),
        "memory": lambda: memory(rows),
    }
    return made.get(table, lambda: times(rows, table, int(threads)))()


def sections() -> str:
    """All tables, each between its name and an end, so that a page can include it."""
    figures, site = (json.loads(path.read_text("utf-8")) for path in (FIGURES, SITE))
    names = [f"{table} {threads}" for table in TIMED for threads in (1, 2)]
    tables = {
        name: show(figures, name) for name in (*names, "growth 1", "bars", "memory", "machine")
    }
    tables["site"] = build(site)
    return "\n".join(
        f"<!-- {name} -->\n\n{text}\n\n<!-- end -->\n" for name, text in tables.items()
    )


def write() -> None:
    """Write them where the colophon includes them."""
    TABLES.write_text(sections(), "utf-8")


if __name__ == "__main__":
    write()
