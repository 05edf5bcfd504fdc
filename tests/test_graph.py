"""The graph, read from live objects: against what was computed."""

from __future__ import annotations

import pytest
import torch

from logreg_book.graph import Graph, Node, autograd_graph


def leaf(value: float = 2.0) -> torch.Tensor:
    return torch.tensor(value, requires_grad=True)


def test_a_chain_is_read_from_the_leaf_to_the_output() -> None:
    w = leaf()
    graph = autograd_graph((3 * w).exp(), {"w": w})
    assert graph.nodes == [
        Node("w", "leaf", "()"),
        Node("Mul", "operation", "MulBackward0"),
        Node("Exp", "output", "ExpBackward0"),
    ]
    assert graph.edges == [(0, 1), (1, 2)]


def test_a_leaf_that_is_used_twice_is_one_node_with_two_edges() -> None:
    w = leaf()
    graph = autograd_graph(w * w, {"w": w})
    assert [node.name for node in graph.nodes] == ["w", "Mul"]
    assert graph.edges == [(0, 1), (0, 1)]


def test_every_source_stands_before_its_target() -> None:
    w, b = leaf(), leaf()
    h = w * b + b
    graph = autograd_graph((h * h).exp() + h, {"w": w, "b": b})
    assert all(source < target for source, target in graph.edges)
    assert sum(node.kind == "output" for node in graph.nodes) == 1
    assert graph.nodes[-1].kind == "output"


def test_constants_are_not_in_the_graph() -> None:
    w, constant = leaf(), torch.tensor(5.0)
    names = [node.name for node in autograd_graph(w * constant, {"w": w, "c": constant}).nodes]
    assert names == ["w", "Mul"]


def test_a_leaf_shows_its_shape_and_may_lack_a_name() -> None:
    graph = autograd_graph(torch.ones(2, 3, requires_grad=True).sum(), {})
    assert graph.nodes[0] == Node("leaf", "leaf", "(2, 3)")


def test_the_text_names_what_each_node_comes_from() -> None:
    w, b = leaf(), leaf()
    assert str(autograd_graph((w + b).exp(), {"w": w, "b": b})) == (
        "w: leaf, shape ()\nb: leaf, shape ()\nAdd: operation, from w, b\nExp: output, from Add"
    )


def test_a_deep_graph_is_read_whole() -> None:
    w = leaf(1.0)
    result = w
    for _ in range(3000):
        result = result * 1.0
    graph = autograd_graph(result, {"w": w})
    assert len(graph.nodes) == 3001
    assert graph.edges == [(i, i + 1) for i in range(3000)]


@pytest.mark.parametrize("output", [torch.tensor(1.0), 3.0])
def test_an_output_without_history_is_refused(output: object) -> None:
    with pytest.raises(ValueError, match=r"output must have a grad_fn, got .*no operation"):
        autograd_graph(output, {})


def test_an_empty_graph_has_no_text() -> None:
    assert str(Graph([], [])) == ""
