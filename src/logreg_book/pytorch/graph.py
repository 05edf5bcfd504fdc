"""The graph that autograd has recorded, read from the live objects.

Nothing here imports PyTorch: it is enough to follow a result's ``grad_fn`` and the
``next_functions`` behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

__all__ = ["Graph", "Node", "autograd_graph"]


class Node(NamedTuple):
    """One place in the graph: a leaf, an operation, or the operation that made the output.

    Examples
    --------
    >>> Node("W", "leaf", shape=(3,)).name
    'W'
    """

    name: str
    """The leaf's name, or the operation's without ``Backward0``."""
    kind: Literal["leaf", "operation", "output"]
    """A leaf collects a gradient; the output is where ``backward()`` starts."""
    shape: tuple[int, ...] | None = None
    """Shape of a leaf."""
    operation: str | None = None
    """What autograd calls an operation, such as ``MulBackward0``."""


class Graph(NamedTuple):
    """Nodes, and the edges along which values flowed forward.

    ``str(graph)`` is a text alternative of the drawing: one line per node, sources first.

    Examples
    --------
    >>> print(Graph([Node("w", "leaf", shape=()), Node("Mul", "output")], [(0, 1)]))
    w: leaf, shape ()
    Mul: output, from w
    """

    nodes: list[Node]
    """Each after all of its sources."""
    edges: list[tuple[int, int]]
    """(source, target), as indices into the nodes."""

    def __str__(self) -> str:
        lines = []
        for target, node in enumerate(self.nodes):
            sources = [self.nodes[s].name for s, t in self.edges if t == target]
            what = f"shape {node.shape}" if node.kind == "leaf" else "from " + ", ".join(sources)
            lines.append(f"{node.name}: {node.kind}, {what}")
        return "\n".join(lines)


def autograd_graph(output: Any, leaves: Mapping[str, Any]) -> Graph:
    """Read the graph behind a tensor from its ``grad_fn``.

    Parameters
    ----------
    output : torch.Tensor
        A result that requires a gradient.
    leaves : mapping of str to torch.Tensor
        Names for the leaves; a leaf without one is called ``leaf``.

    Returns
    -------
    Graph
        Operations and leaves that ``output.backward()`` would visit.  Constants are not
        among them, because no gradient flows there.

    Raises
    ------
    ValueError
        If `output` was not computed from anything that requires a gradient.

    Notes
    -----
    The forward pass records the graph: one node per operation, and several for a composite
    one.  ``backward()`` walks it from the output to the leaves.

    Examples
    --------
    >>> import torch
    >>> w = torch.tensor(2.0, requires_grad=True)
    >>> print(autograd_graph(3 * w, {"w": w}))
    w: leaf, shape ()
    Mul: output, from w
    """
    start = getattr(output, "grad_fn", None)
    if start is None:
        raise ValueError(f"output must have a grad_fn, got {output!r}: no operation was recorded")
    names = {id(tensor): name for name, tensor in leaves.items()}
    nodes: list[Node] = []
    edges: list[tuple[int, int]] = []
    index: dict[Any, int] = {}
    stack = [start]  # not recursion: a graph may be deeper than Python's stack
    while stack:
        function = stack[-1]
        sources = [source for source, _ in function.next_functions if source is not None]
        missing = [source for source in reversed(sources) if source not in index]
        if missing:
            stack.extend(missing)
            continue
        stack.pop()
        if function not in index:
            index[function] = len(nodes)
            nodes.append(_node(function, names, is_output=function is start))
            edges.extend((index[source], index[function]) for source in sources)
    return Graph(nodes, edges)


def _node(function: Any, names: Mapping[int, str], *, is_output: bool) -> Node:
    if hasattr(function, "variable"):
        leaf = function.variable
        return Node(names.get(id(leaf), "leaf"), "leaf", shape=tuple(leaf.shape))
    called = function.name()
    kind: Literal["output", "operation"] = "output" if is_output else "operation"
    return Node(called.removesuffix("Backward0"), kind, operation=called)
