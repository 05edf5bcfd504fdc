r"""Wrong versions of an equation, each with one change in its TeX.

>>> from book.checks.formula import Environment
>>> for change, tex in mutants(r"a = b - c", Environment(a=1, b=3, c=2)):
...     print(f"{change:12s} {tex}")
sign         a = - b - c
sign         a = b + c
factor       a = 1 - c
factor       a = b - 1
term         a = b
term         a = - c
symbol       b = b - c
symbol       c = b - c
symbol       a = a - c
symbol       a = c - c
symbol       a = b - a
symbol       a = b - b
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise, permutations
from typing import Any

import numpy as np

from book.checks.formula import (
    BRACKETS,
    NEXT_STATEMENT,
    REDUCTIONS,
    RELATIONS,
    SAME_CHAIN,
    Environment,
    Formula,
    FormulaError,
    Parser,
    Unbound,
    name_of,
)

Tokens = list[str]
INDICES = "ijk"
CLOSED_BY = {end: start for start, end in BRACKETS.items()}
STARTS = {*BRACKETS, *RELATIONS, ","}  # a sign that follows one of these has nothing on its left


class Row(Parser):
    """A statement that remembers where its factors and subscripts are."""

    def __init__(self, tex: str, functions: Mapping[str, Any]) -> None:
        self.factors: list[tuple[int, int]] = []
        self.subscripts: list[tuple[int, int]] = []
        super().__init__(tex, functions)
        self.statement()
        self.row = self.tokens[:-1]

    def factor(self) -> Formula:
        """Remember a factor."""
        start, found = self.at, super().factor()
        self.factors.append((start, self.at))
        return found

    def script(self, *, in_subscript: bool = False) -> list[Formula]:
        """Remember a subscript."""
        start, found = self.at, super().script(in_subscript=in_subscript)
        if in_subscript:
            self.subscripts.append((start, self.at))
        return found

    def in_subscript_at(self, at: int) -> bool:
        """Whether a token is part of a subscript."""
        return any(start <= at < end for start, end in self.subscripts)


def rows_of(tex: str, env: Environment) -> list[Row]:
    """Return the statements of a display."""
    parts = NEXT_STATEMENT.split(SAME_CHAIN.sub(" ", tex))
    return [Row(part, env.functions) for part in parts if part.strip()]


def joined(rows: list[Tokens]) -> str:
    """Return the TeX of statements, with a space between tokens."""
    return r" \qquad ".join(" ".join(row) for row in rows)


def spaced(tex: str, env: Environment) -> str:
    """Return TeX as `mutants` writes it, unchanged."""
    return joined([found.row for found in rows_of(tex, env)])


def mutants(tex: str, env: Environment) -> Iterator[tuple[str, str]]:
    """Yield what is changed, and the TeX with the change; each different one once."""
    found = rows_of(tex, env)
    rows = [each.row for each in found]
    seen = {joined(rows)}
    for n, each in enumerate(found):
        for name, change in CHANGES.items():
            for changed in change(each, env):
                mutant = joined([*rows[:n], changed, *rows[n + 1 :]])
                if mutant not in seen:
                    seen.add(mutant)
                    yield name, mutant


def replaced(row: Tokens, start: int, end: int, *new: str) -> Tokens:
    """Return a row with other tokens at a place."""
    return [*row[:start], *new, *row[end:]]


def group_end(row: Tokens, at: int) -> int:
    """Return where the group, or the token, that starts here ends."""
    depth = 0
    for n in range(at, len(row)):
        depth += (row[n] == "{") - (row[n] == "}")
        if depth == 0:
            return n + 1
    raise FormulaError("braces that do not match")


def unary(row: Tokens, at: int) -> bool:
    """Whether a sign has nothing on its left."""
    return at == 0 or row[at - 1] in STARTS


def relation(row: Tokens, at: int) -> bool:
    """Whether a token stands between two sides, and not in the limits of a sum."""
    return row[at] in RELATIONS and row[:at].count("{") == row[:at].count("}")


def signs(found: Row, env: Environment) -> Iterator[Tokens]:
    """Flip each sign, and put a minus before each side but the first."""
    row = found.row
    for n, piece in enumerate(row):
        if relation(row, n) and row[n + 1] not in ("-", "0"):
            yield replaced(row, n + 1, n + 1, "-")
        if piece in ("+", "-"):
            flipped = () if unary(row, n) else ("+-"[piece == "+"],)
            yield replaced(row, n, n + 1, *flipped)


def factors(found: Row, env: Environment) -> Iterator[Tokens]:
    """Replace each factor by 1, unless it is a side of its own."""
    edges = {-1, len(found.row)} | {n for n, t in enumerate(found.row) if t in RELATIONS}
    for start, end in found.factors:
        if not found.in_subscript_at(start) and not {start - 1, end} <= edges:
            yield replaced(found.row, start, end, "1")


def terms(found: Row, env: Environment) -> Iterator[Tokens]:
    """Drop what is on the right, and what is on the left, of each sign."""
    row = found.row
    stops = {"+", "-", ",", *RELATIONS}
    for n, piece in enumerate(row):
        if piece in ("+", "-") and not unary(row, n) and not found.in_subscript_at(n):
            yield replaced(row, n, term_end(row, n + 1, 1, stops | {*CLOSED_BY}, BRACKETS))
            start = term_end(row, n - 1, -1, stops | {*BRACKETS}, CLOSED_BY) + 1
            yield replaced(row, start, n + (piece == "+"))


def term_end(row: Tokens, at: int, step: int, stops: set[str], opening: dict[str, str]) -> int:
    """Return the first place, forwards or backwards and at the same depth, where a term ends."""
    depth = 0
    while 0 <= at < len(row) and (depth or row[at] not in stops):
        depth += (row[at] in opening) - (row[at] in {*opening.values()})
        at += step
    return at


def scripts(found: Row, env: Environment) -> Iterator[Tokens]:
    """Drop each exponent, transpose, sum and function; transpose each matrix."""
    row = found.row
    for n, piece in enumerate(row):
        if piece == "^":
            yield replaced(row, n, group_end(row, n + 1))
        if piece in REDUCTIONS:
            end = n + 1
            while row[end] in ("_", "^"):
                end = group_end(row, end + 1)
            yield replaced(row, n, end)
        if name_of(piece) in env.functions and len(name_of(piece)) > 1:
            yield replaced(row, n, n + 1)
            if piece in (r"\log", r"\exp"):
                yield replaced(row, n, n + 1, r"\exp" if piece == r"\log" else r"\log")
        bare = row[n + 1 : n + 2] not in (["^"], ["_"]) and not found.in_subscript_at(n)
        if bare and is_matrix(piece, env):
            yield replaced(row, n + 1, n + 1, "^", r"\top")


def has_matrix(row: Tokens, env: Environment) -> bool:
    """Whether a matrix is in a formula, and not just an entry of it."""
    return any(is_matrix(one, env) and after != "_" for one, after in pairwise([*row, ""]))


def is_number(row: Tokens, env: Environment) -> bool:
    """Whether all symbols in a formula stand for numbers."""
    return not any(shape(name, env) for name in map(name_of, row) if name in env)


def is_matrix(piece: str, env: Environment) -> bool:
    """Whether a token is a letter that stands for a matrix."""
    return len(piece) == 1 and piece.isupper() and len(shape(piece, env) or ()) == 2


def fractions(found: Row, env: Environment) -> Iterator[Tokens]:
    """Turn each fraction upside down, and drop its denominator."""
    row = found.row
    for n, piece in enumerate(row):
        if piece == r"\frac" and row[n + 2] != r"\partial":
            middle = group_end(row, n + 1)
            end = group_end(row, middle)
            yield replaced(row, n + 1, end, *row[middle:end], *row[n + 1 : middle])
            yield replaced(row, middle, end, "{", "1", "}")


def orders(found: Row, env: Environment) -> Iterator[Tokens]:
    """Exchange two subscripts; exchange two factors of which one is a matrix, and none a number."""
    row = found.row
    for start, end in found.subscripts:
        items = re.findall(r"[A-Za-z0-9](?:_(?:\{.*?\}|[a-z]))?", "".join(row[start:end]))
        if len(items) == 2 and not {"+", "-"} & {*row[start:end]}:
            yield replaced(row, start, end, "{", f"{items[1]},{items[0]}", "}")
    for (start, end), (begin, stop) in permutations(found.factors, 2):
        between = row[end:begin]
        if end <= begin and between in ([], [r"\otimes"]) and not found.in_subscript_at(start):
            one, other = row[start:end], row[begin:stop]
            if is_number(one, env) or is_number(other, env):
                continue
            if between or r"\top" in one + other or has_matrix(one, env) or has_matrix(other, env):
                yield replaced(row, start, stop, *other, *between, *one)


def indices(found: Row, env: Environment) -> Iterator[Tokens]:
    """Replace each index, in a subscript or below a sum, by another one."""
    row = found.row
    places = [n for n, piece in enumerate(row) if piece in INDICES and piece not in env]
    used = {row[n] for n in places if found.in_subscript_at(n)}
    for n in places:
        below = any(row[n - k : n - k + 1] == [s] for k in (2, 3) for s in REDUCTIONS if n >= k)
        if row[n] in used and (found.in_subscript_at(n) or below):
            for other in sorted(used | {INDICES[(INDICES.index(row[n]) + 1) % 3]}):
                yield replaced(row, n, n + 1, other)


def numbers(found: Row, env: Environment) -> Iterator[Tokens]:
    """Replace each number by the next one; 0 and 1 by each other in a subscript."""
    for n, piece in enumerate(found.row):
        if piece.isdigit():
            other = 1 - int(piece) if found.in_subscript_at(n) else int(piece) + 1
            yield replaced(found.row, n, n + 1, str(other))


def symbols(found: Row, env: Environment) -> Iterator[Tokens]:
    """Replace each quantity by every other of the same shape."""
    row = found.row
    for n, piece in enumerate(row):
        end, name = n + 1, name_of(piece)
        if row[end : end + 1] == ["_"]:
            last = group_end(row, end + 1)
            full_name = f"{name}_{''.join(map(name_of, row[end:last]))}"
            end, name = (last, full_name) if full_name in env else (end, name)
        if name in env and not found.in_subscript_at(n):
            for other in env:
                if other != name and shape(other, env) == shape(name, env) is not None:
                    yield replaced(row, n, end, *tex_of(other))


def shape(name: str, env: Environment) -> Any:
    """Return the shape of a quantity; None for what is never written as a symbol."""
    if name in ("e", "pi") or name.endswith("_new") or re.match("d+[A-Za-z]_d", name):
        return None
    try:
        value = env.value(name)
    except Unbound as several:
        return f"one of {len(several.args[1])}"
    except FormulaError:
        return None
    return "set" if isinstance(value, tuple) else np.shape(value)


def tex_of(name: str) -> Tokens:
    """Return the tokens of a symbol that an environment knows by this name."""
    letters, _, rest = name.partition("_")
    letters = letters if len(letters) == 1 else f"\\{letters}"
    if rest in ("tilde", "hat", "bar"):
        return [f"\\{rest} {letters}"]
    return [letters, "_", "{", rest, "}"] if rest else [letters]


CHANGES = {
    "sign": signs,
    "factor": factors,
    "term": terms,
    "script": scripts,
    "order": orders,
    "fraction": fractions,
    "index": indices,
    "number": numbers,
    "symbol": symbols,
}
