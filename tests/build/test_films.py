"""A film comes onto pages; one that is too large, or that a cell shows, stops the build."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import pytest

from book.reader import films
from logreg_book.viz import Film

if TYPE_CHECKING:
    from matplotlib.artist import Artist

# As much of sphinx-gallery and MyST-NB as films need
CONF = f"""
import sys
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

sys.path.insert(0, {str(Path(films.__file__).parents[2])!r})
from book import add_syntax
from book.reader.films import check_cells

html_theme = "basic"


class Cell(SphinxDirective):
    def run(self):
        html = Path(self.env.srcdir, "cell.html").read_text()
        output = nodes.container("", nodes.raw("", html, format="html"))
        self.set_source_info(output)
        return [output]


def setup(app):
    gallery = {{"gallery_dirs": "gallery", "plot_gallery": True}}
    app.add_config_value("sphinx_gallery_conf", gallery, "env")
    add_syntax(app)
    app.add_directive("cell", Cell)
    app.connect("doctree-read", lambda _app, page: check_cells(page))
"""
CHAPTER = "Chapter\n=======\n\n{}\n\n.. toctree::\n\n   gallery/plot_10_line\n"


def line(n_frames: int) -> Film:
    figure, ax = plt.subplots(figsize=(1, 1))
    (line,) = ax.plot([0, 1], [0, 1])

    def update(i: int) -> list[Artist]:
        line.set_ydata([0, i / n_frames])
        return [line]

    return Film(
        figure, update, n_frames=n_frames, alt="A line rises.", caption="Look.", table={"a": [1]}
    )


def build(root: Path, film: Film, chapter: str = "") -> subprocess.CompletedProcess[str]:
    """A site of a chapter and a script's page, which shows a film."""
    images = root / "gallery/images"
    images.mkdir(parents=True)
    variables: dict[str, Any] = {
        "image_path_iterator": Paths(images / "sphx_glr_plot_10_line_{:03}.png"),
        "src_file": "plot_10_line.py",
        "example_globals": {"film": film},
    }
    shown = films.scrape(None, variables, {})
    (root / "gallery/plot_10_line.rst").write_text(f"Script\n======\n{shown}")
    (root / "index.rst").write_text(CHAPTER.format(chapter))
    (root / "conf.py").write_text(CONF)
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", ".", "html"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


class Paths:
    """Paths of a script's images, as sphinx-gallery gives them."""

    def __init__(self, image_path: Path) -> None:
        self.image_path, self.n = str(image_path), 0

    def __len__(self) -> int:
        return self.n

    def __next__(self) -> str:
        self.n += 1
        return self.image_path.format(self.n)


def test_a_film_is_on_the_page_of_its_script_and_on_a_chapter(tmp_path: Path) -> None:
    done = build(tmp_path, line(4), ".. film:: plot_10_line")
    assert (done.returncode, done.stderr) == (0, "")
    assert plt.get_fignums() == []
    for page in ("index", "gallery/plot_10_line"):
        html = (tmp_path / f"html/{page}.html").read_text()
        assert html.count("<video ") == 1
        assert 'data-frames="4"' in html
        assert '<span class="visually-hidden" id="film-1-alt">A line rises.</span>' in html
        assert '<span id="film-1-caption">Look.</span>' in html
        assert 'aria-labelledby="film-1-caption" aria-describedby="film-1-alt"' in html
        assert html.count("_first.png") == 2  # the poster, and without a script the picture


def test_a_film_that_is_too_large_stops_the_build(tmp_path: Path) -> None:
    done = build(tmp_path, line(films.MOST_FRAMES + 1))
    assert done.returncode != 0
    (warning,) = done.stderr.splitlines()
    assert "gallery/plot_10_line.rst:4" in warning
    assert "a film must have at most 150 frames and 150000 bytes" in warning
    assert "sphx_glr_plot_10_line_001.mp4 has 151 frames and " in warning
    assert "use fewer frames, fewer points, or a smaller figure" in warning


def test_a_film_that_a_cell_shows_stops_the_build(tmp_path: Path) -> None:
    (tmp_path / "cell.html").write_text(line(5)._repr_html_())
    done = build(tmp_path, line(4), ".. cell::")
    assert done.returncode != 0
    (warning,) = done.stderr.splitlines()
    assert "index.rst:4" in warning
    assert "a cell shows a film: make it in a script of the gallery" in warning


@pytest.mark.parametrize(
    ("n_frames", "n_bytes", "is_too_large"),
    [(150, 150_000, False), (151, 1, True), (1, 150_001, True)],
)
def test_both_limits_are_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_frames: int, n_bytes: int, is_too_large: bool
) -> None:
    warnings: list[object] = []
    monkeypatch.setattr(films.logger, "warning", lambda *args, **_: warnings.append(args))
    path = tmp_path / "film.mp4"
    path.write_bytes(bytes(n_bytes))
    films.check_size(path, {"n_frames": n_frames}, "page")
    assert bool(warnings) == is_too_large
