"""Every picture has words for readers who cannot see it, its size, and few bytes.

A figure comes in two forms, as SVG and as a PNG with two pixels for one of a plain screen, so
that both are sharp on a phone.  Both are made smaller, and the page shows the smaller one.

As a sphinx-gallery scraper, ``image_scrapers``, this module does so for
the figures of a script.  Their text alternative is the figure's label:
``figure.set_label("Two clouds of points ...")``.
"""

from __future__ import annotations

import os
import re
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from docutils import nodes
from PIL import Image
from scour import scour
from sphinx.util import logging

from book.execution.cache import outputs, write_whole

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)

INCH = 120  # pixels of a plain screen for an inch of a figure: viz/book.mplstyle's figure.dpi
SVG, PNG = "image/svg+xml", "image/png"
IMAGE = re.compile(r'<img (?![^>]*\bwidth=)(?=[^>]*\bsrc="[^"]*_images/([^"/]+\.(?:png|svg))")')
VIEW = re.compile(r'<svg\b[^>]*\bviewBox="0 0 ([\d.]+) ([\d.]+)"')
NO_DATE = {"Date": None}  # the same bytes tomorrow
ID = re.compile(r'\bid="([^"]+)"')
USE = re.compile(r'<use\b[^>]*\bhref="#([^"]+)"[^>]*/>')
# All that is not seen goes; names of parts get one letter, and white space none.
SCOUR = SimpleNamespace(
    indent_type="none",
    newlines=False,
    quiet=True,
    remove_descriptive_elements=True,
    remove_metadata=True,
    shorten_ids=True,
    strip_comments=True,
    strip_ids=True,
    strip_xml_prolog=True,
)


def small_svg(svg: str) -> bytes:
    """The same drawing in about half the bytes."""
    written: str = scour.scourString(svg, SCOUR)
    drawing = written[written.index("<svg") :]  # a document type is nobody's need
    there = set(
        ID.findall(drawing)
    )  # all that is used, but for the letter that has no lines: space
    return USE.sub(lambda use: use[0] if use[1] in there else "", drawing).encode()


def small_png(png: bytes) -> bytes:
    """The same picture in 128 colours, in about half the bytes."""
    data = BytesIO()
    with Image.open(BytesIO(png)) as image:
        few = image.convert("RGBA").quantize(
            128, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
        few.save(data, "PNG", optimize=True, dpi=image.info.get("dpi", (INCH, INCH)))
    return data.getvalue()


def smallest(*forms: Path, cache: Path | None = None) -> Path:
    """Make each form of a figure smaller, in a file beside it; give the smallest.

    What is named by its content is made once, in a cache.
    """
    small = {form: form.with_suffix(f".small{form.suffix}") for form in forms}
    if cache:
        small = {form: cache / made.name for form, made in small.items()}
    for form, made in small.items():
        if not (cache and made.exists()):
            svg = form.suffix == ".svg"
            text = small_svg(form.read_text("utf-8")) if svg else small_png(form.read_bytes())
            write_whole(made, text)
    return min(small.values(), key=lambda path: path.stat().st_size)


def choose(app: Sphinx, doctree: nodes.document) -> None:
    """Leave of each figure of a cell its smallest form, before Sphinx collects the files."""
    for bundle in doctree.findall(nodes.container):
        if bundle.get("nb_element") != "mime_bundle":
            continue
        forms = {}
        for form in bundle.children:
            if form.get("mime_type") in (SVG, PNG):  # type: ignore[attr-defined]
                (image,) = form.findall(nodes.image)
                forms[Path(app.env.relfn2path(image["uri"])[1])] = form, image
        if not forms:
            continue
        shown = smallest(*forms, cache=outputs(app) / "figures")
        for path, (form, image) in forms.items():
            if path.suffix != shown.suffix:
                bundle.remove(form)
                continue
            image["uri"] = address(app.env, shown)
            for said in ("width", "height"):  # IPython's, of PNG; `give_size` says it of both
                image.attributes.pop(said, None)


def scrape(_block: object, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Write the figures that a block of a script made; return what shows them on its page."""
    import matplotlib.pyplot as plt

    shown = []
    for number in plt.get_fignums():
        figure, png = plt.figure(number), Path(next(block_vars["image_path_iterator"]))
        svg = png.with_suffix(".svg")
        figure.savefig(png, dpi=2 * INCH, bbox_inches="tight")  # the thumbnail is made from it
        figure.savefig(svg, bbox_inches="tight", metadata=NO_DATE)
        uri = smallest(svg, png).relative_to(gallery_conf["src_dir"]).as_posix()
        shown.append(f"\n.. image:: /{uri}\n   :alt: {' '.join(str(figure.get_label()).split())}\n")
    plt.close("all")
    return "".join(shown)


def shrink_thumbnails(app: Sphinx) -> None:
    """Make those that sphinx-gallery has just made smaller; those of the last build are."""
    for path in Path(app.srcdir, "gallery/images/thumb").glob("*.png"):
        with Image.open(path) as image:
            made = image.mode != "P"
        if made:
            write_whole(path, small_png(path.read_bytes()))


def address(env: BuildEnvironment, path: Path) -> str:
    """A file's address as Sphinx wants it, wherever the file is."""
    return "/" + Path(os.path.relpath(path, env.srcdir)).as_posix()


def check_alt(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of an image without alt text; the gallery's thumbnails stand beside their titles."""
    if app.env.current_document.docname == "gallery/index":
        return
    for image in doctree.findall(nodes.image):
        if not image.get("alt", "").strip():
            where: nodes.Element = image
            while where.line is None and where.parent is not None:
                where = where.parent  # a cell's image has no line of its own
            logger.warning(
                "image without alt text: write `mystnb: {image: {alt: ...}}` at the head of the "
                "code cell, the alt option of the figure, or `figure.set_label` in a script",
                location=where,
                type="pictures",
            )


def size(path: Path) -> tuple[int, int]:
    """Width and height of a picture on a plain screen, in pixels."""
    if path.suffix == ".svg":
        view = VIEW.search(path.read_text("utf-8"))
        if view is None:
            raise ValueError(f"{path.name} must say its viewBox from 0 0")
        return round(float(view[1]) * INCH / 72), round(float(view[2]) * INCH / 72)
    with Image.open(path) as image:
        shrink = INCH / image.info.get("dpi", (INCH, INCH))[0]
        return round(image.width * shrink), round(image.height * shrink)


def give_size(app: Sphinx, context: dict[str, Any]) -> None:
    """Write width and height of images into a page."""
    if app.builder.format != "html" or "body" not in context:
        return
    sources = {name: Path(app.srcdir, uri) for uri, name in app.builder.images.items()}

    def sized(tag: re.Match[str]) -> str:
        width, height = size(sources.get(tag[1], Path(app.outdir, "_images", tag[1])))
        return f'{tag[0]}width="{width}" height="{height}" '

    context["body"] = IMAGE.sub(sized, context["body"])
