"""The look of the book's figures: ``plt.style.use("logreg_book.viz.book")``.

The style sheet ``book.mplstyle`` lies beside this file, and the constants here are read from
it, so that a colour is written down once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl

__all__ = ["COLOURS", "EDGE", "INK", "LINE_STYLES", "MARKERS", "STYLE"]

STYLE = "logreg_book.viz.book"
"""Name of the style, for ``plt.style.use`` and ``plt.style.context``."""
_SHEET = mpl.rc_params_from_file(
    Path(__file__).with_name("book.mplstyle"), use_default_template=False
)
_CYCLE: dict[str, list[Any]] = _SHEET["axes.prop_cycle"].by_key()

COLOURS: list[str] = _CYCLE["color"]
"""Colours of classes and of curves, in order."""
LINE_STYLES: list[Any] = _CYCLE["linestyle"]
"""Line styles of curves, in the order of the colours."""
MARKERS = ["o", "^", "s", "D", "v", "P", "X", "<", "p", ">"]
"""Marker of each class: its shape tells classes apart where colour does not."""
INK: str = _SHEET["text.color"]
"""Colour of text and of lines that are not one of several."""
EDGE: str = _SHEET["axes.edgecolor"]
"""Colour of frames and arrows."""
