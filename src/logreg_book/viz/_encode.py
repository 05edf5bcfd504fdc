"""How frames become files: an encoder for films, PNGs for pictures."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from logreg_book._types import Array

__all__ = ["contact_sheet", "import_encoder", "key_frame_indices", "write_mp4", "write_png"]

_H264 = [
    *("-crf", "29", "-preset", "veryslow", "-tune", "animation", "-g", "100"),
    *("-vf", "scale=out_color_matrix=bt709:out_range=tv", "-color_range", "tv"),
    *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"),
    *("-movflags", "+faststart", "-map_metadata", "-1"),
    # the same bytes each time
    *("-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact"),
]


def import_encoder() -> Any:
    """Return the module imageio_ffmpeg, which is an optional dependency."""
    try:
        import imageio_ffmpeg
    except ImportError:
        raise ImportError(
            "writing a film needs the encoder that imageio-ffmpeg brings: "
            "pip install imageio-ffmpeg"
        ) from None
    return imageio_ffmpeg


def write_mp4(frames: Iterator[Array], path: Path, *, fps: int) -> None:
    """Write frames as H.264, handing each to the encoder while the next one is drawn.

    Nothing is left at `path` if the encoder fails.
    """
    first = next(frames)
    pipe = import_encoder().write_frames(
        path,
        (first.shape[1], first.shape[0]),
        fps=fps,
        codec="libx264",
        quality=None,
        macro_block_size=2,
        output_params=_H264,
    )
    pipe.send(None)
    for frame in chain([first], frames):
        pipe.send(frame.tobytes())
    pipe.close()
    if not path.exists() or path.stat().st_size == 0:
        path.unlink(missing_ok=True)
        raise RuntimeError(f"ffmpeg wrote nothing to {path.name}: see what it printed")


def write_png(picture: Array, path: str | Path, *, shrink: float = 1.0) -> None:
    """Write a PNG of few colours, which has a third of the bytes and looks the same."""
    from PIL import Image  # pillow

    image = Image.fromarray(picture)
    if shrink != 1:
        size = round(image.width / shrink), round(image.height / shrink)
        image = image.resize(size, Image.Resampling.LANCZOS)
    # By area alone, the colour of a small dot would be mixed with the greys of letters.
    few = image.quantize(96, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(path, format="PNG", optimize=True)


def key_frame_indices(n_frames: int) -> list[int]:
    """Return the indices of at most six frames that tell the story, the first and last included."""
    return sorted({round(index) for index in np.linspace(0, n_frames - 1, 6).tolist()})


def contact_sheet(frames: list[Array], *, gap: int = 24) -> Array:
    """Return one white picture with all frames, two per row."""
    height, width, _ = frames[0].shape
    sheet = np.full((-(-len(frames) // 2) * (height + gap) - gap, 2 * width + gap, 3), 255, "u1")
    for i, frame in enumerate(frames):
        row, column = divmod(i, 2)
        y, x = row * (height + gap), column * (width + gap)
        sheet[y : y + height, x : x + width] = frame
    return sheet
