"""Where things go so that they do not overlap: the boxes of a graph, and names side by side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from logreg_book._types import Array

if TYPE_CHECKING:  # importing it would import PyTorch
    from logreg_book.pytorch.graph import Graph

__all__ = ["layered_layout", "spread_apart"]


def layered_layout(graph: Graph) -> tuple[Array, list[list[int]]]:
    """Place the nodes of a graph in layers, each edge leading upwards.

    A node stands one level above the highest of its sources, and a leaf one level below the
    lowest operation that uses it.  An edge that passes a level bends there, between the boxes.

    Returns
    -------
    places : (n_nodes + n_bends, 2) array of float64
        Horizontal position and level; the nodes come first.
    paths : list of list of int
        Per edge, the indices of the places that it passes, from its source to its target.
    """
    n = len(graph.nodes)
    if n == 0:
        raise ValueError("graph must have at least one node")
    for source, target in graph.edges:
        if not 0 <= source < target < n:
            raise ValueError(
                f"graph must have edges from a node to a later one of {n}, got ({source}, {target})"
            )
    rank = _ranks(n, graph.edges)
    paths = []
    for source, target in graph.edges:
        between = range(rank[source] + 1, rank[target])
        paths.append([source, *range(len(rank), len(rank) + len(between)), target])
        rank += between
    return _place_ranks(n, rank, [step for path in paths for step in pairwise(path)]), paths


def _ranks(n: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Return the length of the longest path to each node; a leaf is just below its lowest user."""
    rank = [0] * n
    for source, target in sorted(edges, key=lambda edge: edge[1]):
        rank[target] = max(rank[target], rank[source] + 1)
    for leaf in set(range(n)) - {target for _, target in edges}:
        rank[leaf] = min((rank[t] for s, t in edges if s == leaf), default=1) - 1
    return rank


def _place_ranks(n: int, rank: Sequence[int], steps: Sequence[tuple[int, int]]) -> Array:
    """Place each node as near below the nodes that use it as there is room, from the top down.

    What comes after the first n is a bend of an edge, which needs less room than a box.
    """
    x = np.zeros(len(rank))
    for level in range(max(rank), -1, -1):
        row = [i for i, own in enumerate(rank) if own == level]
        users = {i: [x[target] for source, target in steps if source == i] for i in row}
        wish = {i: float(np.mean(users[i] or 0.0)) for i in row}
        row.sort(key=lambda i: (wish[i], i < n, i))
        room = np.cumsum([0.65 if i < n else 0.4 for i in row])
        room += np.append(0, room[:-1])
        wishes = np.array([wish[i] for i in row])
        x[row] = np.maximum.accumulate(wishes - room) + room
        x[row] -= np.mean(x[row] - wishes)
    return np.column_stack([x, np.asarray(rank, dtype=np.float64)])


def spread_apart(heights: Array, gap: float, top: float = np.inf) -> Array:
    """Return heights in the same order, at least a gap apart, and none above the top."""
    order = np.argsort(heights, kind="stable")
    rank = gap * np.arange(len(heights))
    spread = np.maximum.accumulate(heights[order] - rank) + rank
    limit = top - rank[::-1]
    placed: Array = np.empty_like(spread)
    placed[order] = np.minimum(spread, limit)
    return placed
