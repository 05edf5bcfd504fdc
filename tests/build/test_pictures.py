"""Figures are made small without being changed, and the smallest form is shown."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from docutils import nodes
from docutils.utils import new_document
from matplotlib.figure import Figure
from PIL import Image

from book.reader import figures as pictures
from logreg_book.viz import plot_points


def figure(n_points: int = 40) -> Figure:
    """A figure in the book's style."""
    rng = np.random.default_rng(0)
    with plt.style.context("logreg_book.viz.book"):
        made = Figure()
        plot_points(made.add_subplot(), rng.normal(size=(n_points, 2)), np.arange(n_points) % 2)
        made.axes[0].set_title("a title with spaces")
    return made


def both(folder: Path, *, n_points: int = 40) -> tuple[Path, Path]:
    """The figure as SVG and as PNG."""
    paths = folder / "figure.svg", folder / "figure.png"
    with plt.style.context("logreg_book.viz.book"):
        made = figure(n_points)
        made.savefig(paths[0], metadata=pictures.NO_DATE)
        made.savefig(paths[1], dpi=2 * pictures.INCH)
    return paths


def test_an_svg_has_half_the_bytes_and_all_its_references(tmp_path: Path) -> None:
    svg, _ = both(tmp_path)
    small = pictures.small_svg(svg.read_text("utf-8")).decode()
    assert small.startswith("<svg")
    assert len(small) < 0.6 * len(svg.read_text("utf-8"))
    assert set(pictures.USE.findall(small)) <= set(pictures.ID.findall(small))
    assert "date" not in small


def test_a_small_svg_gives_the_same_bytes_again(tmp_path: Path) -> None:
    svg, _ = both(tmp_path)
    text = svg.read_text("utf-8")
    assert pictures.small_svg(text) == pictures.small_svg(text)


def test_a_png_has_half_the_bytes_and_looks_the_same(tmp_path: Path) -> None:
    _, png = both(tmp_path)
    data = pictures.small_png(png.read_bytes())
    assert len(data) < 0.6 * png.stat().st_size
    with Image.open(png) as before, Image.open(BytesIO(data)) as after:
        white = Image.new("RGBA", before.size, "white")
        seen = [Image.alpha_composite(white, image.convert("RGBA")) for image in (before, after)]
    differ = np.abs(np.subtract(*[np.asarray(image, dtype=int) for image in seen]))
    assert differ.mean() < 1
    assert differ.max() < 64


@pytest.mark.parametrize(("n_points", "suffix"), [(40, ".svg"), (3000, ".png")])
def test_the_smallest_form_is_found(tmp_path: Path, n_points: int, suffix: str) -> None:
    found = pictures.smallest(*both(tmp_path, n_points=n_points))
    assert found.name == f"figure.small{suffix}"
    assert found.stat().st_size == min(p.stat().st_size for p in tmp_path.glob("*.small.*"))


def test_both_forms_have_the_size_of_the_figure_on_a_plain_screen(tmp_path: Path) -> None:
    for form in both(tmp_path):
        assert pictures.size(pictures.smallest(form)) == (768, 480)


def test_a_drawing_without_size_is_refused(tmp_path: Path) -> None:
    (tmp_path / "none.svg").write_text("<svg></svg>")
    with pytest.raises(ValueError, match=r"none\.svg must say its viewBox"):
        pictures.size(tmp_path / "none.svg")


def bundle(*paths: Path) -> nodes.container:
    """What MyST-NB makes of a figure: a form for each kind of file."""
    made = nodes.container(nb_element="mime_bundle")
    for path in paths:
        kind = pictures.SVG if path.suffix == ".svg" else pictures.PNG
        image = nodes.image(uri=f"/folder/{path.name}", width="384", height="240", alt="words")
        made += nodes.container("", image, mime_type=kind)
    made += nodes.container("", nodes.literal_block("", "Figure"), mime_type="text/plain")
    return made


@pytest.mark.parametrize("n_forms", [1, 2])
def test_a_cell_shows_one_form_and_keeps_its_words(tmp_path: Path, n_forms: int) -> None:
    document = new_document("page")
    document += bundle(*both(tmp_path)[-n_forms:])
    env = SimpleNamespace(
        relfn2path=lambda uri: ("", str(tmp_path / Path(uri).name)), srcdir=str(tmp_path)
    )
    app: Any = SimpleNamespace(
        env=env, confdir=tmp_path, config=SimpleNamespace(book_outputs="digest")
    )
    pictures.choose(app, document)
    (image,) = document.findall(nodes.image)
    form = ".svg" if n_forms == 2 else ".png"
    assert image["uri"] == f"/build/executed/digest/figures/figure.small{form}"
    assert image["alt"] == "words"
    assert "width" not in image
    assert list(document.findall(nodes.literal_block))


def test_a_script_shows_its_figures_with_their_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = plt.figure()
    made.set_label("A line\nthat rises.")
    made.add_subplot().plot([0, 1])
    block_vars: dict[str, Any] = {"image_path_iterator": iter([tmp_path / "images" / "one.png"])}
    (tmp_path / "images").mkdir()
    shown = pictures.scrape(None, block_vars, {"src_dir": str(tmp_path)})
    assert shown == "\n.. image:: /images/one.small.svg\n   :alt: A line that rises.\n"
    assert plt.get_fignums() == []
    assert (tmp_path / "images" / "one.png").exists(), "the thumbnail is made from it"


def test_a_thumbnail_is_made_smaller_once(tmp_path: Path) -> None:
    _, png = both(tmp_path)
    thumbnail = tmp_path / "gallery/images/thumb/made.png"
    thumbnail.parent.mkdir(parents=True)
    thumbnail.write_bytes(png.read_bytes())
    pictures.shrink_thumbnails(SimpleNamespace(srcdir=tmp_path))  # type: ignore[arg-type]
    small = thumbnail.read_bytes()
    assert len(small) < 0.6 * png.stat().st_size
    written = thumbnail.stat().st_mtime_ns
    pictures.shrink_thumbnails(SimpleNamespace(srcdir=tmp_path))  # type: ignore[arg-type]
    assert (thumbnail.read_bytes(), thumbnail.stat().st_mtime_ns) == (small, written)
