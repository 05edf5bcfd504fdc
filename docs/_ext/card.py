"""The picture that stands for the book: its title, and the last frame of the gallery's first film.

It is shown where others link to a page, and on the cover of the EPUB.
"""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from textwrap import fill, shorten
from typing import TYPE_CHECKING

import matplotlib as mpl
from PIL import Image, ImageDraw, ImageFont, ImageOps

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

CARD = "card.png"  # at the site's root and never renamed: others remember the address
SIZE = 1200, 630  # pixels, as networks ask for
COVER = 864, 1152  # a frame fits in at its own size
LONGEST = 420  # characters of a text alternative that networks take
MARGIN = 48
INK = "#262626"


def film(app: Sphinx) -> tuple[Path, str] | None:
    """Poster of the gallery's first film, and what happens in it; None if no script was run."""
    records = sorted(Path(app.srcdir, "gallery", "images").glob("sphx_glr_*.json"))
    if not records:
        return None
    return records[0].with_suffix(".png"), json.loads(records[0].read_text("utf-8"))["alt"]


def title(app: Sphinx) -> str:
    """The title of the book."""
    return app.env.titles[app.config.root_doc].astext()


def alt(app: Sphinx) -> str:
    """What the picture shows, in words."""
    found = film(app)
    return shorten(f"{title(app)}. {found[1] if found else ''}", LONGEST, placeholder=" …")


def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """A font that Matplotlib brings."""
    return ImageFont.truetype(Path(mpl.get_data_path(), "fonts", "ttf", f"{name}.ttf"), size)


def draw(app: Sphinx, size: tuple[int, int]) -> bytes:
    """A PNG with the frame at the right of the title, or below it on a cover."""
    width, height = size
    tall = height > width
    card = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(card)
    large, small = font("DejaVuSans-Bold", 84 if tall else 52), font("DejaVuSans", 32)
    lines = fill(title(app), 16 if tall else 11, break_long_words=False)
    pen.multiline_text((MARGIN, MARGIN), lines, INK, large, spacing=16)
    pen.text((MARGIN, height - MARGIN), app.config.project, INK, small, anchor="ls")
    if found := film(app):
        room = (width - 2 * MARGIN, height // 2 + MARGIN) if tall else (700, height - 2 * MARGIN)
        with Image.open(found[0]) as poster:
            frame = ImageOps.contain(poster.convert("RGB"), room, Image.Resampling.LANCZOS)
        foot = 3 * MARGIN if tall else (height - frame.height) // 2
        card.paste(frame, (width - MARGIN - frame.width, height - foot - frame.height))
    data = BytesIO()
    card.quantize(96, dither=Image.Dither.NONE).save(data, "PNG", optimize=True)
    return data.getvalue()


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the card into the site."""
    if exception is None and app.builder.name == "html":
        Path(app.outdir, CARD).write_bytes(draw(app, SIZE))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Write before others look at what the site consists of."""
    app.connect("build-finished", write, priority=300)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
