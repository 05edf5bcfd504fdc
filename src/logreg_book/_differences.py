"""Whether two results are the same, and how `diagnose` words that they are not."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np

from logreg_book._types import Array

SAME = 1e-6  # how far a result may be from a mistake's, relative to the largest entry
RIGHT = 1e-5  # how far it may be from the right one: float32 is accurate enough

Pair = tuple[Array, Array]


def close(a: Array, b: Array, tolerance: float) -> bool:
    """Whether a equals b, relative to the largest entry of b; nan equals nan."""
    if a.shape != b.shape:
        return False
    finite = np.isfinite(b)
    scale = max(np.abs(b[finite]).max(initial=0), 1e-6)
    near = np.abs(a[finite] - b[finite]) <= tolerance * scale
    return bool(near.all()) and np.array_equal(a[~finite], b[~finite], equal_nan=True)


def agree(parts: dict[str, Array], other: dict[str, Array], tolerance: float) -> bool:
    """Whether all parts of a result are these."""
    return all(name in other and close(a, other[name], tolerance) for name, a in parts.items())


def difference(pairs: list[Pair], sizes: list[dict[str, int]]) -> str:
    """How a result differs from the right one, on each of two problems or on one."""
    got, right = pairs[0]
    if got.shape != right.shape:
        turned = all(close(a.T, b, RIGHT) for a, b in pairs)
        more = ": it is the transpose of the right one" if turned else ""
        return f"has shape {got.shape} instead of {right.shape}{more}"
    if np.isfinite(got).all() and len(pairs) == 2:
        if said := _factor(pairs, sizes):
            return said
        if all(order := [_order(a, b) for a, b in pairs]):
            return f"has the right columns in the order {order[0]}"
    gap = np.where(np.isfinite(got), np.abs(got - right), np.inf)
    where = tuple(int(i) for i in np.unravel_index(gap.argmax(), gap.shape))
    at = f", most of all at index {where}: it" if where else ": it"
    return f"differs{at} is {got[where]:.6g} instead of {right[where]:.6g}"


def _factor(pairs: list[Pair], sizes: list[dict[str, int]]) -> str:
    """By which number, or by which of the sizes, a result is too large on both problems."""
    factors = []
    for got, right in pairs:
        square = np.vdot(right, right) if got.shape == right.shape else 0
        factors.append(float(np.vdot(got, right) / square) if square else np.nan)
        if not close(got, factors[-1] * right, SAME):
            return ""
    terms = [_terms(size) for size in sizes]
    for name, value in terms[0].items():
        if value != terms[1][name] and np.allclose(factors, [t[name] for t in terms], rtol=RIGHT):
            return f"is {name} = {value:.4g} times the right one"
    if abs(factors[0] - factors[1]) > RIGHT * abs(factors[0]):
        return ""
    if factors[0] == 0:
        return "is 0 everywhere"
    times = f"is {factors[0]:.4g} times the right one"
    return "has the wrong sign" if abs(factors[0] + 1) < RIGHT else times


def _terms(sizes: dict[str, int]) -> dict[str, float]:
    """What sums are multiplied or divided by, rightly or wrongly."""
    terms = {m: float(size) for m, size in sizes.items()}
    terms |= {f"{m} {n}": terms[m] * terms[n] for m, n in combinations(sizes, 2)}
    terms |= {
        f"1/({name})" if " " in name else f"1/{name}": 1 / terms[name] for name in list(terms)
    }
    return terms | {f"{m}/{n}": sizes[m] / sizes[n] for m, n in permutations(sizes, 2)}


def _order(got: Array, right: Array) -> list[int]:
    """Which column of the right answer each column is, if all of them are there."""
    if got.shape != right.shape or not right.ndim:
        return []
    gaps = np.abs(got[..., :, np.newaxis] - right[..., np.newaxis, :])
    order = gaps.max(axis=tuple(range(right.ndim - 1))).argmin(axis=-1)
    return order.tolist() if close(got, right[..., order], SAME) else []
