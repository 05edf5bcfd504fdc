"""Films beside the page: written from the gallery's scripts, shown there and in chapters.

As a sphinx-gallery scraper, ``image_scrapers = ("films", "pictures")``, this module writes
each `Film` that a script makes as four files among the gallery's images: the film, a poster,
key frames, and a record with its words and size.  The ``film`` directive shows them, on the
script's own page and, by the script's name, in any chapter::

    ```{film} plot_10_gd_minibatch_sgd
    ```

A film has controls and never starts by itself.  Key frames stand in for it in print, and
wherever pages are not HTML in a browser.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata
    from sphinx.writers.html5 import HTML5Translator

    from logreg_book.animation import Film

logger = logging.getLogger(__name__)

# A browser lays its controls over the foot of a film: the picture stands above a margin for
# them.  In print the folded key frames open and take the film's place; a browser that cannot
# open them prints the poster.
STYLE = """<style>
figure.film { container-type: inline-size; margin: 1.5rem 0 }
figure.film video {
  width: min(100%, 48rem); height: calc(min(100cqw, 48rem) * var(--shape) + 4.5rem);
  background: #fff; object-fit: contain; object-position: top
}
@media print {
  @supports selector(::details-content) {
    figure.film :is(video, summary, .download) { display: none }
    figure.film details::details-content { content-visibility: visible; block-size: auto }
  }
}
</style>"""

KEY_FRAMES_ALT = "Key frames of the film that the caption describes, from the first to the last."


def scrape(block: object, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Write the films that a block of a script made; return what shows them on its page."""
    paths, script = block_vars["image_path_iterator"], Path(block_vars["src_file"]).stem
    if len(paths) == 0:  # the script starts anew: what it made before is stale
        for record in Path(paths.image_path).parent.glob(f"sphx_glr_{script}_*.json"):
            record.unlink()
    shown = []
    for film in new_films(block_vars["example_globals"]):
        poster = Path(next(paths))
        write(film, poster)
        shown.append(f"\n.. film:: {script}\n   :number: {len(paths)}\n")
    return "".join(shown)


def _get_sg_image_scraper() -> Any:
    """Where sphinx-gallery looks for a module's scraper."""
    return scrape


def new_films(script_globals: dict[str, Any]) -> Iterator[Film]:
    """The films whose figures are still open; each is closed when the next is asked for."""
    import matplotlib.pyplot as plt

    from logreg_book.animation import Film

    for value in list(script_globals.values()):
        if isinstance(value, Film) and value.figure in map(plt.figure, plt.get_fignums()):
            yield value
            plt.close(value.figure)  # or it would be shown once more, as a still


def write(film: Film, poster: Path) -> None:
    """Write the four files of a film, named after its poster."""
    film.write(poster.with_suffix(".mp4"))
    film.write_poster(poster)
    film.write_key_frames(key_frames(poster))
    (frame,) = film.frames([0])
    height, width, _ = frame.shape
    record = {"alt": film.alt, "width": width, "height": height}
    poster.with_suffix(".json").write_text(json.dumps(record), encoding="utf-8")


def key_frames(poster: Path) -> Path:
    """The path of the key frames that belong to a poster."""
    return poster.with_name(f"{poster.stem}_frames.png")


class film(nodes.General, nodes.Element):  # noqa: N801 - docutils' nodes are lower case
    """All that is shown of a film."""


class film_video(nodes.General, nodes.Element):  # noqa: N801
    """The film itself; its one child is the poster."""


class film_caption(nodes.General, nodes.TextElement):  # noqa: N801
    """What happens in it, and where it comes from."""


class film_frames(nodes.General, nodes.Element):  # noqa: N801
    """Its key frames, folded; the one child is the image."""


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
        poster = found[0].with_suffix(".png")
        return [self.build(poster, json.loads(found[0].read_text(encoding="utf-8")), page)]

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

    def build(self, poster: Path, record: dict[str, Any], page: str) -> nodes.Element:
        """Nodes for a film; Sphinx finds the files through them and brings them to the output."""

        def uri(path: Path) -> str:
            return "/" + path.relative_to(self.env.srcdir).as_posix()

        name = nodes.make_id(f"film-{poster.stem[9:]}")
        caption = film_caption("", "", nodes.inline("", record["alt"], ids=[f"{name}-text"]))
        if self.env.current_document.docname != page:
            caption += [nodes.Text(" "), self.link(page)]
        caption += [nodes.Text(" "), self.download(uri(poster.with_suffix(".mp4")))]
        frames = nodes.image(uri=uri(key_frames(poster)), alt=KEY_FRAMES_ALT, loading="lazy")
        video = film_video(
            "", nodes.image(uri=uri(poster), alt="Poster."), text=f"{name}-text", **record
        )
        shown = film("", video, caption, film_frames("", frames), ids=[name])
        self.set_source_info(shown)
        return shown

    def link(self, page: str) -> nodes.Element:
        """A link to the script's page."""
        label = nodes.inline("", "The script that made it.")
        reference = addnodes.pending_xref(
            "",
            label,
            refdomain="std",
            reftype="doc",
            reftarget=f"/{page}",
            refdoc=self.env.current_document.docname,
            refexplicit=True,
            refwarn=True,
        )
        self.set_source_info(reference)
        return reference

    def download(self, target: str) -> nodes.Element:
        """A link to the file itself."""
        label = nodes.inline("", "Download the film.")
        return addnodes.download_reference(
            "", "", label, reftype="download", reftarget=target, refexplicit=True
        )


class Stills(SphinxPostTransform):
    """Outside a browser the key frames stand in for the film."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        """Put a figure in place of each film."""
        if self.app.builder.name in ("html", "dirhtml", "singlehtml"):
            return
        for shown in list(self.document.findall(film)):
            (frames,) = shown.findall(film_frames)
            (caption,) = shown.findall(film_caption)
            image = frames[0]
            words = [
                child
                for child in caption.children
                if not isinstance(child, addnodes.download_reference)
            ]
            still = nodes.figure("", image, nodes.caption("", "", *words), ids=shown["ids"])
            shown.replace_self(still)


def visit_film(self: HTML5Translator, node: film) -> None:
    """Open the figure."""
    self.body.append(self.starttag(node, "figure", CLASS="film"))


def depart_film(self: HTML5Translator, node: film) -> None:
    """Close it."""
    self.body.append("</figure>\n")


def visit_video(self: HTML5Translator, node: film_video) -> None:
    """Write the player; Sphinx knows where its files will be."""
    builder = self.builder
    assert node.parent is not None
    (download,) = node.parent.findall(addnodes.download_reference)
    (poster,) = node.findall(nodes.image)
    attributes = {
        "src": f"{builder.dlpath}/{download['filename']}",
        "poster": f"{builder.imgpath}/{builder.images[poster['uri']]}",
        "width": node["width"],
        "height": node["height"],
        "style": f"--shape: {node['height'] / node['width']:.4f}",
        "preload": "none",
        "aria-labelledby": node["text"],
    }
    written = "".join(f' {name}="{escape(str(value))}"' for name, value in attributes.items())
    self.body.append(f"<video controls muted playsinline{written}></video>\n")
    raise nodes.SkipNode


def visit_caption(self: HTML5Translator, node: film_caption) -> None:
    """Open the caption."""
    self.body.append("<figcaption>")


def depart_caption(self: HTML5Translator, node: film_caption) -> None:
    """Close it."""
    self.body.append("</figcaption>\n")


def visit_frames(self: HTML5Translator, node: film_frames) -> None:
    """Open the folded list."""
    self.body.append("<details><summary>Key frames</summary>")


def depart_frames(self: HTML5Translator, node: film_frames) -> None:
    """Close it."""
    self.body.append("</details>\n")


def add_style(
    app: Sphinx,
    _page: str,
    _template: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Give a page with a film the rules by which it is laid out."""
    if doctree is not None and next(iter(doctree.findall(film)), None) is not None:
        context["metatags"] = context.get("metatags", "") + STYLE


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directive, its nodes, and what becomes of them."""
    app.add_node(film, html=(visit_film, depart_film))
    app.add_node(film_video, html=(visit_video, None))
    app.add_node(film_caption, html=(visit_caption, depart_caption))
    app.add_node(film_frames, html=(visit_frames, depart_frames))
    app.add_directive("film", FilmDirective)
    app.add_post_transform(Stills)
    app.connect("html-page-context", add_style)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
