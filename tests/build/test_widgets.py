"""A page shows a widget's still form, or the build says which widgets there are."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from book.reader import widgets
from book.reader.stills import Still, drawing

WIDGETS = {name: widgets.load(name) for name in widgets.FILES}
contours = WIDGETS["contours"]

CONF = f"""
import sys
from types import SimpleNamespace

sys.path.insert(0, {str(Path(widgets.__file__).parents[2])!r})
from book import add_syntax

html_theme = "basic"


def give_cache(app):
    app.env.mystnb_config = SimpleNamespace(execution_cache_path=f"{{app.srcdir}}/outputs")


def setup(app):
    add_syntax(app)
    app.connect("builder-inited", give_cache)
"""


def build(root: Path, directive: str) -> subprocess.CompletedProcess[str]:
    """A site of one page."""
    (root / "conf.py").write_text(CONF)
    (root / "index.rst").write_text(f"Page\n====\n\n{directive}\n")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", ".", "html"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def drawn(name: str, **options: object) -> Still:
    """A still form, as the build draws it."""
    with drawing():
        made: Still = WIDGETS[name].still(options)
    return made


def test_options_say_where_a_widget_begins(tmp_path: Path) -> None:
    path = ".. widget:: contours\n   :eta: 3\n   :start: 1, 2.5\n   :rule: Adam"
    pulls = ".. widget:: logits-to-pulls\n   :logits: 0, -1, 2.5\n   :label: 2\n   :wrt: p"
    made = build(tmp_path, f"{path}\n\n{pulls}")
    assert made.returncode == 0, made.stderr
    page = (tmp_path / "html/index.html").read_text("utf-8")
    begins, other = map(
        json.loads, re.findall(r'<script type="application/json">(.*?)</script>', page)
    )
    assert begins["eta"] == 3
    assert begins["start"] == [1, 2.5]
    assert begins["rule"] == "Adam"
    assert [other[name] for name in ("logits", "y", "wrt")] == [[0, -1, 2.5], 2, "p"]
    for picture in re.findall(r'src="(_images/[^"]+)"', page):
        assert (tmp_path / "html" / picture).exists()


def test_a_still_form_is_drawn_once_for_each_choice_of_options(tmp_path: Path) -> None:
    drawn_at: dict[Path, int] = {}
    for eta, pictures in (("3", 2), ("3", 2), ("4", 4)):  # figure and ground
        made = build(tmp_path, f".. widget:: contours\n   :eta: {eta}")
        assert made.returncode == 0, made.stderr
        now = {path: path.stat().st_mtime_ns for path in (tmp_path / "outputs").rglob("*.svg")}
        assert len(now) == pictures
        assert drawn_at.items() <= now.items()
        drawn_at = now
        shutil.rmtree(tmp_path / "html")


def test_a_still_form_is_drawn_again_when_its_code_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = widgets.fingerprint("contours", {})
    module = tmp_path / "contours.py"
    module.write_bytes(widgets.FILES["contours"].read_bytes())
    monkeypatch.setitem(widgets.FILES, "contours", module)
    assert (
        widgets.fingerprint("contours", {})
        == before
        != widgets.fingerprint("contours", {"eta": 2.0})
    )
    module.write_text(module.read_text("utf-8") + "# more\n", "utf-8")
    assert widgets.fingerprint("contours", {}) != before


@pytest.mark.parametrize(
    ("directive", "complaint"),
    [
        (".. widget:: contour", "no widget 'contour': there are contours, gradient-cloud"),
        (".. widget:: logits-to-pulls\n   :logits: 2, 1", "invalid option value"),
        (".. widget:: logits-to-pulls\n   :logits: 2, 1, 92", "logits must be between -6 and 6"),
        (".. widget:: logits-to-pulls\n   :label: 3", "invalid option value"),
        (".. widget:: contours\n   :start: 1", "invalid option value"),
        (".. widget:: gradient-cloud\n   :batch: 201", "batch must be at most 200"),
        (".. widget:: gradient-cloud\n   :batch: 0", "invalid option value"),
        (".. widget:: contours\n   :rule: Newton", "the rules are GD, momentum, RMSProp, Adam"),
    ],
)
def test_what_is_not_there_stops_the_build(tmp_path: Path, directive: str, complaint: str) -> None:
    made = build(tmp_path, directive)
    assert made.returncode != 0
    assert complaint in made.stderr


@pytest.mark.parametrize("name", ["step-the-line", "gradient-cloud"])
@pytest.mark.parametrize("batch", [1, 5, 8, 160])
def test_the_slider_has_the_batch_size_that_a_page_asks_for(name: str, batch: int) -> None:
    data = drawn(name, batch=batch).data
    assert data["batch"] == batch
    assert batch in data["batches"]
    assert data["batches"] == sorted({*data["batches"]})
    assert {1, 8, len(data["X"])} <= {*data["batches"]}


def test_the_border_is_where_gradient_descent_stops_to_settle() -> None:
    minimum = contours.descend([0, 0], 4.0, 400)[0][-1]
    border = 2 / contours.largest_curvature(minimum)
    start = minimum + np.array([0.01, -0.01])
    for eta, settles in ((0.98 * border, True), (1.02 * border, False)):
        path, _ = contours.descend(start.tolist(), eta, 500)
        assert (np.linalg.norm(path[-1] - minimum) < 1e-3) == settles


def test_each_rule_begins_with_a_rate_of_its_own_and_its_losses_are_those_of_training() -> None:
    plain, still = drawn("contours"), drawn("contours", rule="momentum")
    assert (plain.data["rule"], plain.data["eta"]) == ("GD", 1.0)
    assert (still.data["rule"], still.data["eta"]) == ("momentum", 0.6)
    assert plain.alt != still.alt
    for name, (rule, eta, _) in contours.RULES.items():
        assert still.data["rules"][name]["eta"] == eta
        _, losses = contours.descend([0, 4], eta, 60, rule)
        expected = [f"{losses[int(step)]:.4f}" for step in still.table["step"]]
        assert still.table[f"loss, {name}, η = {eta:g}"] == expected


@pytest.mark.parametrize("name", WIDGETS)
def test_figure_and_ground_have_the_same_axes_where_the_widget_has_them(name: str) -> None:
    still = drawn(name)
    width, height = still.data["size"]
    for figure in (still.figure, still.ground):
        ax = figure.axes[0]
        (left, top, wide, high), plane = still.data["plane"]["box"], still.data["plane"]
        corners = ax.transData.transform(np.transpose([plane["x"], plane["y"]]))
        assert figure.get_size_inches() * figure.dpi == pytest.approx([width, height])
        assert corners[:, 0] == pytest.approx([left, left + wide])
        assert height - corners[:, 1] == pytest.approx([top + high, top])
        scale = wide / np.ptp(plane["x"]), high / np.ptp(plane["y"])
        if name != "logits-to-pulls":  # whose columns have no scale
            assert scale[0] == pytest.approx(scale[1], rel=1e-3)


@pytest.mark.parametrize("label", range(3))
def test_what_the_still_form_says_of_arrows_and_bars_holds_for_each_label(label: int) -> None:
    still = drawn("logits-to-pulls", logits=[3.0, -2.0, 0.5], label=label)
    (p, _, dh, *_), *_ = list(still.table.values())[1:]
    parts = [float(part) for part in dh.split(", ")]
    assert [part < 0 for part in parts] == [k == label for k in range(3)]
    assert f"probabilities {p}" in still.alt
    assert {column[2] for column in list(still.table.values())[1:3]} == {dh}  # a shift changes none
    assert "nan" in still.table["90, 85, 87.5"][4]
