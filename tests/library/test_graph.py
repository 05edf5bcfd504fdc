from __future__ import annotations

import pytest
import torch
from tests.refusals import refuses

from logreg_book.pytorch import Node, autograd_graph


def leaf(value: float = 2.0) -> torch.Tensor:
    return torch.tensor(value, requires_grad=True)


def test_a_chain_leads_from_the_leaf_to_the_output() -> None:
    w = leaf()
    graph = autograd_graph((3 * w).exp(), {"w": w})
    assert graph.nodes == [
        Node("w", "leaf", shape=()),
        Node("Mul", "operation", operation="MulBackward0"),
        Node("Exp", "output", operation="ExpBackward0"),
    ]
    assert graph.edges == [(0, 1), (1, 2)]


def test_a_leaf_that_is_used_twice_is_one_node_with_two_edges() -> None:
    w = leaf()
    graph = autograd_graph(w * w, {"w": w})
    assert [node.name for node in graph.nodes] == ["w", "Mul"]
    assert graph.edges == [(0, 1), (0, 1)]


def test_every_source_stands_before_its_target_and_the_output_last() -> None:
    w, b = leaf(), leaf()
    h = w * b + b
    graph = autograd_graph((h * h).exp() + h, {"w": w, "b": b})
    assert all(source < target for source, target in graph.edges)
    assert [node.name for node in graph.nodes] == ["w", "b", "Mul", "Add", "Mul", "Exp", "Add"]
    assert [node.kind for node in graph.nodes].count("output") == 1
    assert graph.nodes[-1].kind == "output"
    expected = [(0, 2), (1, 2), (2, 3), (1, 3), (3, 4), (3, 4), (4, 5), (5, 6), (3, 6)]
    assert graph.edges == expected


def test_constants_are_not_in_the_graph() -> None:
    w, constant = leaf(), torch.tensor(5.0)
    names = [node.name for node in autograd_graph(constant * w, {"w": w, "c": constant}).nodes]
    assert names == ["w", "Mul"]


def test_a_leaf_shows_its_shape_and_may_lack_a_name() -> None:
    graph = autograd_graph(torch.ones(2, 3, requires_grad=True).sum(), {})
    assert graph.nodes[0] == Node("leaf", "leaf", shape=(2, 3))


def test_the_text_names_what_each_node_comes_from() -> None:
    w, b = leaf(), torch.ones(2, requires_grad=True)
    assert str(autograd_graph((w + b).exp(), {"w": w, "b": b})) == (
        "w: leaf, shape ()\nb: leaf, shape (2,)\nAdd: operation, from w, b\nExp: output, from Add"
    )


def test_a_graph_may_be_deeper_than_the_stack_of_python() -> None:
    w = leaf(1.0)
    result = w
    for _ in range(3000):
        result = result * 1.0
    graph = autograd_graph(result, {"w": w})
    assert len(graph.nodes) == 3001
    assert graph.edges == [(i, i + 1) for i in range(3000)]


@pytest.mark.parametrize("output", [torch.tensor(1.0), leaf(), 3.0])
def test_an_output_without_history_is_refused(output: object) -> None:
    message = f"output must have a grad_fn, got {output!r}: no operation was recorded"
    refuses(autograd_graph, message, output, {})
