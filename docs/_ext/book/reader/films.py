"""Films beside the page, which the gallery's scripts make.

As a sphinx-gallery scraper this module writes
each `Film` that a script makes as five files among the gallery's images: the film, its first
frame, its last frame, key frames, and a record of the rest.  The ``film`` directive shows them,
on the script's own page and, by the script's name, in any chapter::

    ```{film} plot_10_gd_minibatch_sgd
    ```

On a page a film has at most 150 frames and 150 kB; a larger one is a warning, and so stops the
build.  It has controls and never starts by itself: until then it stands at its first frame.
Its caption is for all, its text alternative describes the player to those who cannot see it.
``film.js`` replaces the browser's controls by a bar that steps frame by frame.  Key frames stand
in for the film in print, and wherever pages are not HTML in a browser.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from book.reader.exercises import fold
from book.reader.figures import address

if TYPE_CHECKING:
    from sphinx.environment import BuildEnvironment

    from logreg_book.viz import Film

logger = logging.getLogger(__name__)

MOST_FRAMES, MOST_BYTES = 150, 150_000  # twelve seconds, and it starts at once on a phone
BOOKS = ("epub", "latex", "text")  # builders without video and scripts
KEY_FRAMES_ALT = "Key frames of the film, from the first to the last."


def scrape(block: object, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Write the films that a block of a script made; return what shows them on its page."""
    paths, script = block_vars["image_path_iterator"], Path(block_vars["src_file"]).stem
    if len(paths) == 0:  # the script starts again: what it made before is stale
        for record in Path(paths.image_path).parent.glob(f"sphx_glr_{script}_*.json"):
            record.unlink()
    shown = []
    for film in new_films(block_vars["example_globals"]):
        write(film, Path(next(paths)))
        shown.append(f"\n.. film:: {script}\n   :number: {len(paths)}\n")
    return "".join(shown)


def new_films(script_globals: dict[str, Any]) -> Iterator[Film]:
    """The films whose figures are still open; each is closed when the next is asked for."""
    import matplotlib.pyplot as plt

    from logreg_book.viz import Film

    for value in list(script_globals.values()):
        if isinstance(value, Film) and value.figure in map(plt.figure, plt.get_fignums()):
            yield value
            plt.close(value.figure)  # or it would be shown once more, as a still


def write(film: Film, still: Path) -> None:
    """Write the five files of a film, named after its last frame."""
    path = still.with_suffix(".mp4")
    film.write(path, poster=poster(path), still=still, key_frames=key_frames(path))
    path.with_suffix(".json").write_text(json.dumps(film.metadata()), encoding="utf-8")


def check_size(film: Path, record: dict[str, Any], location: Any) -> None:
    """Warn of a film that is too large for a page."""
    n_frames, n_bytes = record["n_frames"], film.stat().st_size
    if n_frames > MOST_FRAMES or n_bytes > MOST_BYTES:
        logger.warning(
            "a film must have at most %d frames and %d bytes, %s has %d frames and %d bytes: "
            "use fewer frames, fewer points, or a smaller figure",
            *(MOST_FRAMES, MOST_BYTES, film.name, n_frames, n_bytes),
            location=location,
            type="films",
        )


def poster(path: Path) -> Path:
    """Where the first frame of a film is."""
    return path.with_name(f"{path.stem}_first.png")


def key_frames(path: Path) -> Path:
    """Where the key frames of a film are."""
    return path.with_name(f"{path.stem}_frames.png")


class element(nodes.General, nodes.TextElement):  # noqa: N801 - docutils' nodes are lower case
    """An element of HTML."""

    tag = "figure"


class film(element):  # noqa: N801
    """All that is shown of a film."""


class film_caption(element):  # noqa: N801
    """What to look for in it, and where it comes from."""

    tag = "figcaption"


class film_video(nodes.General, nodes.Element):  # noqa: N801
    """The film itself; its children are the poster and the key frames."""


class FilmDirective(SphinxDirective):
    """Show a film of a gallery script: ``film:: plot_10_gd_minibatch_sgd``."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {"number": directives.positive_int}

    def run(self) -> list[nodes.Node]:
        """Find the film's record; depend on it, so that a new film makes a new page."""
        script = self.arguments[0]
        gallery = self.config.sphinx_gallery_conf["gallery_dirs"]
        folder = gallery if isinstance(gallery, str) else gallery[0]
        page = f"{folder}/{script}"
        number = f"{self.options['number']:03}" if "number" in self.options else "*"
        images = Path(self.env.srcdir, folder, "images")
        found = sorted(images.glob(f"sphx_glr_{script}_{number}.json"))
        if not found:
            return self.without_film(images, page)
        self.env.note_dependency(found[0])
        path, record = found[0].with_suffix(".mp4"), json.loads(found[0].read_text("utf-8"))
        check_size(path, record, self.get_location())
        shown = build(self.env, path, record, None if self.env.docname == page else page)
        self.set_source_info(shown)
        return [shown]

    def without_film(self, images: Path, page: str) -> list[nodes.Node]:
        """Say that there is no such film, unless no script was run."""
        if page not in self.env.found_docs or self.config.sphinx_gallery_conf["plot_gallery"]:
            there = sorted({path.stem[9:-4] for path in images.glob("sphx_glr_*.json")})
            logger.warning(
                "no film %r: the gallery's scripts made films for %s",
                self.arguments[0],
                ", ".join(there) or "nothing",
                location=self.get_location(),
                type="films",
            )
        return []


def check_cells(page: nodes.document) -> None:
    """Warn of a film that a cell shows: a page would hold all of it."""
    for html in page.findall(nodes.raw):
        if "<video" in html.astext():
            logger.warning(
                "a cell shows a film: make it in a script of the gallery, and show it by {film}",
                location=html.parent,
                type="films",
            )


def build(
    env: BuildEnvironment, path: Path, record: dict[str, Any], page: str | None = None
) -> film:
    """Nodes for a film; Sphinx finds the files through them and brings them to the output."""

    def strip() -> nodes.image:
        frames = address(env, key_frames(path))
        return nodes.image(uri=frames, alt=KEY_FRAMES_ALT, loading="lazy")

    name = f"film-{env.new_serialno('film') + 1}"
    words = film_caption("", "", nodes.inline("", record["caption"], ids=[f"{name}-caption"]))
    if page is not None:
        words += [nodes.Text(" "), link(env, page)]
    words += [nodes.Text(" "), download(address(env, path))]
    words += nodes.inline("", record["alt"], ids=[f"{name}-alt"], classes=["visually-hidden"])
    first = nodes.image(uri=address(env, poster(path)), alt="First frame.")
    video = film_video("", first, strip(), film=name, record=record)
    frames = strip()
    frames["width"] = "100%"  # Sphinx makes a scaled image a link to the whole one
    folds = [fold("Key frames", "fold", frames)]
    if record["table"]:
        folds.append(fold("Numbers", "fold", table(record["table"])))
    return film("", "", video, words, *folds, ids=[name], classes=["film"])


def link(env: BuildEnvironment, page: str) -> nodes.Element:
    """A link to the script's page."""
    return addnodes.pending_xref(
        "",
        nodes.inline("", "The script that made it."),
        refdomain="std",
        reftype="doc",
        reftarget=f"/{page}",
        refdoc=env.docname,
        refexplicit=True,
        refwarn=True,
    )


def download(target: str) -> nodes.Element:
    """A link to the file itself."""
    label = nodes.inline("", "Download the film.")
    return addnodes.download_reference(
        "", "", label, reftype="download", reftarget=target, refexplicit=True
    )


def table(columns: dict[str, list[str]]) -> nodes.table:
    """A table with heads on top and, in the first column, at the left.

    >>> table({"epoch": ["0", "9"], "loss": ["0.7", "0.1"]}).astext().split()
    ['epoch', 'loss', '0', '0.7', '9', '0.1']
    """

    def row(words: Iterable[str]) -> nodes.row:
        return nodes.row("", *(nodes.entry("", nodes.paragraph("", word)) for word in words))

    specs = [nodes.colspec(colwidth=1, stub=int(i == 0)) for i in range(len(columns))]
    head, *rows = map(row, [columns, *zip(*columns.values(), strict=True)])
    group = nodes.tgroup("", *specs, nodes.thead("", head), nodes.tbody("", *rows))
    group["cols"] = len(columns)
    return nodes.table("", group)


class Stills(SphinxPostTransform):
    """Outside a browser the key frames stand in for the film."""

    default_priority = 5
    builders = BOOKS

    def run(self, **_: Any) -> None:
        """Put a figure in place of each film."""
        for shown in list(self.document.findall(film)):
            (video,), (words,) = shown.findall(film_video), shown.findall(film_caption)
            frames = [*shown.findall(nodes.image)][-1]
            said = [
                part
                for part in words.children
                if not isinstance(part, addnodes.download_reference)
                and "visually-hidden" not in getattr(part, "attributes", {}).get("classes", ())
            ]
            del frames["loading"], frames["width"]  # a still is not folded, nor a link
            frames["alt"] += f" {video['record']['alt']}"
            shown.replace_self(still(shown, frames, said))


def still(
    shown: nodes.Element, picture: nodes.Element, words: list[nodes.Node]
) -> list[nodes.Node]:
    """A figure with its caption, and the tables that were folded."""
    said = nodes.caption("", "", *words)
    figure = nodes.figure("", picture, said, ids=shown["ids"])
    return [figure, *shown.findall(nodes.table)]


def open_element(self: HTML5Translator, node: element) -> None:
    """Open it."""
    self.body.append(self.starttag(node, node.tag, "", **node.get("attributes", {})))


def close_element(self: HTML5Translator, node: element) -> None:
    """Close it."""
    self.body.append(f"</{node.tag}>\n")


def visit_video(self: HTML5Translator, node: film_video) -> None:
    """Write the player; Sphinx knows where its files will be."""
    builder, record, name = self.builder, node["record"], node["film"]
    assert node.parent is not None
    (download,) = node.parent.findall(addnodes.download_reference)
    first, frames = (
        f"{builder.imgpath}/{builder.images[image['uri']]}" for image in node.findall(nodes.image)
    )
    attributes = {
        "src": f"{builder.dlpath}/{download['filename']}",
        "data-poster": first,
        "width": record["width"],
        "height": record["height"],
        "preload": "none",
        "aria-labelledby": f"{name}-caption" if record["caption"] else f"{name}-alt",
        "aria-describedby": f"{name}-alt",
        "data-fps": record["fps"],
        "data-frames": record["n_frames"],
    }
    written = "".join(f' {name}="{escape(str(value))}"' for name, value in attributes.items())
    # Who has no video sees the key frames; all others never load them here.
    instead = f'<img alt="{escape(KEY_FRAMES_ALT)}" loading="lazy" src="{escape(frames)}">'
    # The script shows the first frame when the film comes near, so that no page waits for it.
    still = f'<noscript><img alt="" loading="lazy" src="{escape(first)}"></noscript>'
    self.body.append(f'<div class="player">{still}<video controls muted playsinline{written}>')
    self.body.append(f'{instead}</video><div class="bar"></div></div>\n')
    raise nodes.SkipNode
