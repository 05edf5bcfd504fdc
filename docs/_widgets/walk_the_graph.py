"""Walk the graph: forward, back, and back once more, as PyTorch's own hooks have recorded it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import BoxStyle, FancyBboxPatch

from book.reader.stills import Still, add_axes, new_figure
from logreg_book.viz.circuit import GRADIENT
from logreg_book.viz.style import EDGE, INK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matplotlib.figure import Figure
    from torch import Tensor

    from book.reader.stills import Place

# The example on paper of the chapter on the gradient, with one score per class
INPUTS, LABEL = [1.0, -2.0], 1
W, b = [[-1.5, 0.5], [-1.0, 0.0]], [0.25, -0.25]

PYTHON = """import torch
import torch.nn.functional as F

x, y = torch.tensor([[1.0, -2.0]]), torch.tensor([1])
W = torch.tensor([[-1.5, 0.5], [-1.0, 0.0]], requires_grad=True)
b = torch.tensor([0.25, -0.25], requires_grad=True)

loss = F.nll_loss(F.log_softmax(x @ W + b, dim=1), y)
print("loss", loss.item())
loss.backward(retain_graph=${retain})
print("W.grad", W.grad.tolist(), "b.grad", b.grad.tolist())
try:
    loss.backward()
    print("W.grad", W.grad.tolist(), "b.grad", b.grad.tolist())
except RuntimeError as error:
    print("RuntimeError:", error)
"""

# What each operation does, as PyTorch calls it: on the way there, and on the way back
FORWARD = {
    "Mm": "multiplies x and W, which gives {}",
    "Add": "adds b, which gives the logits h = {}",
    "LogSoftmax": "takes the logarithms of the probabilities p = {p}, which are {}",
    "NllLoss": "picks that of the label and changes its sign: the loss is {}",
}
BACKWARD = {
    "NllLoss": "Only the picked entry matters, so it passes back {}",
    "LogSoftmax": "It passes back p \N{MINUS SIGN} Y = {}",
    "Add": "It passes the same on to both of its inputs, {}",
    "Mm": "It multiplies by x, and passes {} on to W",
}

WIDE, HIGH, MIDDLE = 480, 544, 215
# Boxes: middle, width; and the places of values and gradients on the edge above each
PLACES = {
    "W": (MIDDLE, 480, 60),
    "b": (400, 382, 60),
    "Mm": (MIDDLE, 382, 80),
    "Add": (MIDDLE, 294, 80),
    "LogSoftmax": (MIDDLE, 206, 130),
    "NllLoss": (MIDDLE, 118, 110),
    "L": (MIDDLE, 36, 50),
}
ABOVE = {"W": 431, "Mm": 338, "Add": 250, "LogSoftmax": 162, "NllLoss": 76}
TALL = 34  # pixels of a box


def digits(value: Any) -> str:
    """A number, a vector or a matrix on one line.

    >>> digits(np.array([[0.6225, 1.2449], [0.0, 1.0]])), digits(np.array([-0.001, 2]))
    ('[0.62 1.24; 0.00 1.00]', '(0.00, 2.00)')
    """
    array = np.asarray(value, dtype=float).round(2) + 0.0
    if array.ndim == 2 and len(array) == 1:
        array = array[0]
    if array.ndim == 0:
        return f"{array:.2f}".replace("-", "\N{MINUS SIGN}")
    if array.ndim == 1:
        return f"({', '.join(map(digits, array))})"
    return f"[{'; '.join(' '.join(map(digits, row)) for row in array)}]"


def saved(node: Any) -> dict[str, Tensor]:
    """The tensors that a node has saved, by attribute; an error once they have been freed."""
    import torch

    found = {name: getattr(node, name) for name in dir(node) if name.startswith("_saved_")}
    return {name: value for name, value in found.items() if torch.is_tensor(value)}


def kept(node: Any, known: dict[str, Tensor]) -> list[str]:
    """What a node keeps: names that we know, or PyTorch's own."""
    pointers = {tensor.data_ptr(): name for name, tensor in known.items()}
    return [
        pointers.get(tensor.data_ptr(), attribute.removeprefix("_saved_").replace("_", " "))
        for attribute, tensor in saved(node).items()
    ]


def is_freed(node: Any) -> bool:
    """Whether a node has lost what it had saved."""
    try:
        saved(node)
    except RuntimeError:
        return True
    return False


def name_of(node: Any) -> str:
    """What PyTorch calls an operation, without ``Backward0``."""
    return str(node.name()).removesuffix("Backward0")


Event = tuple[str, dict[str, str], str]  # the node, texts by place, and what is said


def trace(*, retain: bool) -> tuple[list[Event], list[tuple[str, str, str, str]]]:
    """Run it forward, back, and back again: events in their order, and a row per value."""
    import torch
    from torch.nn import functional

    options: dict[str, Any] = {"dtype": torch.float64}
    x, y = torch.tensor([INPUTS], **options), torch.tensor([LABEL])
    leaves = {"W": torch.tensor(W, **options), "b": torch.tensor(b, **options)}
    for leaf in leaves.values():
        leaf.requires_grad_()
    xW = x @ leaves["W"]
    h = xW + leaves["b"]
    log_p = functional.log_softmax(h, dim=1)
    loss = functional.nll_loss(log_p, y)
    results = {name_of(tensor.grad_fn): tensor for tensor in (xW, h, log_p, loss)}
    known = {"x": x, "y": y, "log p": log_p}
    keeps = {name: kept(tensor.grad_fn, known) for name, tensor in results.items()}

    events: list[Event] = []
    for name, tensor in results.items():
        shown, keep = digits(tensor.detach()), keeps[name]
        short = ", ".join([*keep[:2], "…"] if keep[2:] else keep)
        put = {f"{name} value": shown, f"{name} keeps": short and f"keeps {short}"}
        does = f"Forward: {name} {FORWARD[name].format(shown, p=digits(log_p.detach().exp()))}."
        events.append((name, put, f"{does} It keeps {', '.join(keep) or 'no tensor'}."))
    events[0][1].update(zip(("W value", "W value 2"), map(digits, W), strict=True))
    events[1][1]["b value"] = digits(b)

    frees = not retain  # the first time
    done: list[str] = []
    gradients: dict[str, str] = {}
    empty = {name: "" for name, _ in places() if "gradient" in name}

    def on_node(name: str) -> Callable[..., None]:
        def hook(sent: tuple[Tensor | None, ...], arrived: tuple[Tensor, ...]) -> None:
            assert not frees or all(is_freed(results[n].grad_fn) for n in done if keeps[n])
            gradients[name], handed = digits(arrived[0]), next(g for g in sent if g is not None)
            first = name == "NllLoss"
            put = {**(empty if first else {}), f"{name} gradient": gradients[name]}
            if name == "Mm":
                put.update(zip(("W gradient", "W gradient 2"), map(digits, handed), strict=True))
            back = BACKWARD[name].format(digits(handed))
            again = " again" if retain and frees else ""
            start = f"backward(){again}: it begins with 1. " if first else ""
            end = "."
            if keeps[name]:
                if frees:
                    put[f"{name} keeps"] = "freed"
                end = f", and {'frees' if frees else 'still keeps'} what it had kept."
            done.append(name)
            events.append((name, put, f"{start}{name} receives {gradients[name]}. {back}{end}"))

        return hook

    def on_leaf(name: str) -> Callable[[Tensor], None]:
        def hook(leaf: Tensor) -> None:
            gradients[name] = digits(leaf.grad)
            put = {f"{name} grad": f"{name}.grad = {gradients[name]}"}
            second = retain and frees
            had = "adds this to what it had" if second else "had no gradient before"
            told = f"The leaf {name} {had}: {name}.grad is now {gradients[name]}."
            events.append((name, put, told))

        return hook

    for name, tensor in results.items():
        assert tensor.grad_fn is not None
        tensor.grad_fn.register_hook(on_node(name))
    for name, leaf in leaves.items():
        leaf.register_post_accumulate_grad_hook(on_leaf(name))
    loss.backward(retain_graph=retain)
    rows = [
        (name, digits(tensor.detach()), gradients[name], ", ".join(keeps.get(name, [])))
        for name, tensor in {**results, **leaves}.items()
    ]
    assert all(is_freed(results[n].grad_fn) == frees for n in done if keeps[n])
    assert [event[0] for event in events[4:]] == ["NllLoss", "LogSoftmax", "Add", "b", "Mm", "W"]
    frees = True
    done.clear()
    try:
        loss.backward()
    except RuntimeError as error:
        told = f"backward() again: NllLoss looks for what it had kept. RuntimeError: {error}"
        events.append(("NllLoss", {}, told))
    return events, rows


def places() -> Iterator[tuple[str, list[Any]]]:
    """Texts of the picture: name, and x, y, anchor, colour."""
    for name, y in ABOVE.items():
        for row, up in {"": -4, " 2": 14}.items() if name == "W" else [("", 5)]:
            yield f"{name} value{row}", [MIDDLE - 10, y + up, "end", INK]
            yield f"{name} gradient{row}", [MIDDLE + 10, y + up, "start", GRADIENT]
    for name, (x, y, wide) in PLACES.items():
        if name in FORWARD:
            yield f"{name} keeps", [x + wide / 2 + 10, y + 5, "start", EDGE]
    yield "b value", [400, 421, "middle", INK]
    yield "W grad", [MIDDLE, 522, "middle", GRADIENT]
    yield "b grad", [WIDE - 4, 282, "end", GRADIENT]


def still(_options: dict[str, Any]) -> Still:
    """The graph with all values and gradients; without keeping it, the second call is an error."""
    traces = {str(retain): trace(retain=retain) for retain in (False, True)}
    (events, rows), (kept_events, _) = traces["False"], traces["True"]
    error = events[-1][2]
    assert "Trying to backward through the graph a second time" in error
    assert len(events) == 11
    assert len(kept_events) == 16
    texts = dict(places())
    numbered = {name: number for number, name in enumerate(texts)}

    whole: Place = {"box": [0, 0, WIDE, HIGH], "x": [0, WIDE], "y": [HIGH, 0]}  # pixels

    def draw(moving: bool) -> Figure:
        figure = new_figure(WIDE, HIGH)
        ax = add_axes(figure, whole)
        ax.set_axis_off()
        edges = [*zip(ABOVE, [*list(ABOVE)[1:], "L"], strict=True), ("b", "Add")]
        constants = {"Mm": "x = (1, \N{MINUS SIGN}2)", "NllLoss": f"y = {LABEL}"}
        for source, target in edges:
            (x0, y0, _), (x1, y1, wide) = PLACES[source], PLACES[target]
            side = x0 != x1
            start, end = (x0, y0 - TALL / 2), (x1 + side * wide / 2, y1 + (not side) * TALL / 2)
            bend = {"connectionstyle": "angle,angleA=90,angleB=0,rad=6"} if side else {}
            arrow = {"arrowstyle": "-|>", "color": EDGE, "shrinkA": 0, "shrinkB": 0, **bend}
            ax.annotate("", end, start, arrowprops=arrow)
        for target, words in constants.items():
            x, y, wide = PLACES[target]
            end = x - wide / 2, y
            arrow = {"arrowstyle": "-|>", "color": EDGE, "linestyle": ":", "shrinkB": 0}
            arrow |= {"relpos": (1, 0.5)}
            ax.annotate(words, end, (6, y), va="center", color=EDGE, fontsize=10, arrowprops=arrow)
        for name, (x, y, wide) in PLACES.items():
            corner, style = (x - wide / 2, y - TALL / 2), BoxStyle.Round
            shape = style(pad=0, rounding_size=2 if name in FORWARD else TALL / 2)
            colours: dict[str, Any] = {"facecolor": "white", "edgecolor": INK}
            ax.add_patch(FancyBboxPatch(corner, wide, TALL, shape, **colours))
            ax.text(x, y, name, ha="center", va="center", fontsize=10)
        if moving:
            for _, put, _ in events:
                for name, words in put.items():
                    if not name.endswith("keeps") or words != "freed":
                        x, y, anchor, colour = texts[name]
                        ha = {"end": "right", "start": "left", "middle": "center"}[anchor]
                        ax.text(x, y, words, ha=ha, va="baseline", color=colour, fontsize=9.6)
        return figure

    values = {name: (value, gradient) for name, value, gradient, _ in rows}
    return Still(
        draw(True),
        draw(False),
        alt="Boxes in a column, joined by arrows that lead upwards: from the leaf W through Mm, "
        "Add, where the leaf b joins, LogSoftmax and NllLoss to the loss L. Dotted arrows bring "
        f"the constants x to Mm and y to NllLoss. On the left of each arrow stands the value, from "
        f"{values['Mm'][0]} above Mm to the loss {values['NllLoss'][0]}, and on the right the "
        f"gradient, from 1 at the loss to {values['LogSoftmax'][1]} above LogSoftmax and "
        f"{values['Mm'][1]} above Mm. Beside three of the boxes stands what they keep.",
        caption="The graph that PyTorch records of one example of logistic regression, "
        "$x = (1, -2)$ with the label 1, and one score per class. Values flow upwards, along the "
        "arrows; gradients of the loss flow back, against them. Values and what each node keeps "
        "were read from the graph itself; the gradients and their order were recorded by hooks, "
        "functions of ours that PyTorch calls on the way back. A node frees what it has kept as "
        "soon as it has computed what it passes back, unless it is told to retain it. ",
        still="That is why a second call of backward() fails: "
        f"{error.partition('RuntimeError: ')[2].split('. ')[0]}.",
        live="Step through the forward pass and back, and predict each number before you see it. "
        "Then go on, to a second call of backward(). Does it work? Walk again with "
        "retain_graph=True, and watch what becomes of the gradients in the leaves.",
        table={
            "node": [row[0] for row in rows],
            "value": [row[1] for row in rows],
            "gradient of the loss": [row[2] for row in rows],
            "keeps": [row[3] or "nothing" for row in rows],
        },
        data={
            "size": [WIDE, HIGH],
            "plane": whole,
            "label": "The graph of one example of logistic regression, with the values and "
            "gradients that have been computed so far.",
            "python": PYTHON,
            "ink": INK,
            "boxes": {
                name: [x - wide / 2 - 4, y - TALL / 2 - 4, wide + 8, TALL + 8]
                for name, (x, y, wide) in PLACES.items()
            },
            "places": list(texts.values()),
            "traces": {
                retain: [
                    [name, {numbered[place]: words for place, words in put.items()}, says]
                    for name, put, says in recorded
                ]
                for retain, (recorded, _) in traces.items()
            },
        },
    )
