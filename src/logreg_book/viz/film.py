"""Films: animations that become small files beside a page, and play in windows and notebooks."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from html import escape
from numbers import Integral, Real
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation
from matplotlib.artist import Artist
from matplotlib.backend_bases import Event
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from logreg_book._check import check_int
from logreg_book._types import Array
from logreg_book.viz._encode import (
    contact_sheet,
    import_encoder,
    key_frame_indices,
    write_mp4,
    write_png,
)

__all__ = ["Film"]

_DPI = 120  # 768 pixels for 6.4 inches: sharp on a phone, and small


class Film:
    """An animation that can be written as a small film, with a poster and key frames.

    In a window ``plt.show()`` plays it once.  In a notebook it shows itself, as a film, when it
    is the last line of a cell.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        It becomes white, and from now on its layout stays as it is.
    update : callable
        Takes the index of a frame, from 0; changes the figure; returns **all** artists that it
        changes.  What it draws must depend on the index alone.
    n_frames : int
        Number of frames, at least 1.
    alt : str
        What happens in the film, in words, for those who cannot see it.
    caption : str, optional
        What to look for, in a sentence, for all.
    fps : int, optional
        Frames per second.
    table : mapping of str to sequence of str, int or float, optional
        A few of the numbers plotted, for readers who cannot see them move: the name of each
        column, and its entries.  The first column names the rows.  Numbers that are not integers
        are shown with four digits.
    key_frames : sequence of int, optional
        Indices of the frames that tell the story where nothing moves, in order; by default up to
        six at equal steps, the first and the last included.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        The figure; it shows the last frame until the film is played.
    n_frames, fps, alt, caption, key_frames
        As given.
    table : dict of str to list of str
        As given, with each number as it is shown; empty if none was given.
    animation : matplotlib.animation.FuncAnimation
        The same frames for Matplotlib's writers: ``film.animation.save("film.gif")``.

    Notes
    -----
    To draw a figure costs more than to draw what changes in it.  Therefore the background is
    drawn once, and each frame puts the animated artists, and those that lie above them, on a copy
    of it.  One pass over the frames gives the film, its poster and its key frames.  Measured
    once, this was about three times faster than writing the film alone with Matplotlib's
    ``FFMpegWriter`` and the same settings of the encoder.

    Examples
    --------
    >>> figure, ax = plt.subplots()
    >>> (line,) = ax.plot([0, 1], [0, 0])
    >>> def update(i):
    ...     line.set_ydata([0, i / 9])
    ...     return [line]
    >>> film = Film(figure, update, n_frames=10, alt="A line rises at its right end.")
    >>> [frame.shape for frame in film.frames([0, 9])]
    [(576, 768, 3), (576, 768, 3)]
    >>> plt.close(figure)
    """

    def __init__(
        self,
        figure: Figure,
        update: Callable[[int], Iterable[Artist]],
        *,
        n_frames: int,
        alt: str,
        caption: str = "",
        fps: int = 20,
        table: Mapping[str, Sequence[str | float]] | None = None,
        key_frames: Sequence[int] | None = None,
    ) -> None:
        self.n_frames, self.fps = check_int("n_frames", n_frames), check_int("fps", fps)
        if not isinstance(alt, str) or not alt.strip():
            raise ValueError(f"alt must say what happens in the film, got {alt!r}")
        self.alt, self.caption = " ".join(alt.split()), " ".join(caption.split())
        self.key_frames = _check_key_frames(key_frames, self.n_frames)
        self.table = _format_table(table or {})
        self.figure = figure
        self._update = update
        figure.set_facecolor("white")
        self.show_frame(self.n_frames - 1)
        figure.draw_without_rendering()  # the layout is made; from now on no axis may jump
        figure.set_layout_engine("none")
        # A lambda, because the figure would hold a method only weakly, and lose this film.
        self._when_drawn = figure.canvas.mpl_connect("draw_event", lambda drawn: self._play(drawn))

    def show_frame(self, i: int) -> list[Artist]:
        """Change the figure to a frame, for example to save it as a PDF.

        Parameters
        ----------
        i : int
            Which frame, counted from 0.

        Returns
        -------
        list of matplotlib.artist.Artist
            What has changed.
        """
        i = check_int("i", i, least=0)
        if i >= self.n_frames:
            raise ValueError(f"i must be at most {self.n_frames - 1}, got {i}")
        return list(self._update(i))

    def frames(self, indices: Iterable[int] | None = None) -> Iterator[Array]:
        """Draw frames.

        Parameters
        ----------
        indices : iterable of int, optional
            Which frames, counted from 0; all of them by default.

        Yields
        ------
        (height, width, 3) array of uint8
            Red, green, blue; both sides have an even number of pixels.
        """
        with self._blit_background() as draw:
            for i in range(self.n_frames) if indices is None else indices:
                yield draw(i)

    def draw_frame(self, i: int) -> Array:
        """Draw a frame the slow way: the whole figure with all that stays.

        Parameters
        ----------
        i : int
            Which frame, counted from 0.

        Returns
        -------
        (height, width, 3) array of uint8
            The same as from `frames`.
        """
        with self._canvas() as canvas:
            self.show_frame(i)
            canvas.draw()
            return _rgb(canvas)

    @contextmanager
    def _blit_background(self) -> Iterator[Callable[[int], Array]]:
        """Draw all that stays; give a function that draws a frame upon it."""
        with self._canvas() as canvas:
            animated = _artists_above(self.show_frame(0))
            for artist in animated:
                artist.set_animated(True)
            try:
                canvas.draw()
                background = canvas.copy_from_bbox(self.figure.bbox)

                def draw(i: int) -> Array:
                    canvas.restore_region(background)
                    self.show_frame(i)
                    for artist in animated:
                        self.figure.draw_artist(artist)
                    return _rgb(canvas)

                yield draw
            finally:
                for artist in animated:
                    artist.set_animated(False)

    @contextmanager
    def _canvas(self) -> Iterator[Any]:
        """Put a canvas of the film's size in place of the figure's own."""
        screen, dpi = self.figure.canvas, self.figure.dpi
        canvas: Any = FigureCanvasAgg(self.figure)
        self.figure.set_dpi(_DPI)
        try:
            # a draw event would play the film
            with canvas.callbacks.blocked(signal="draw_event"):
                yield canvas
        finally:
            self.show_frame(self.n_frames - 1)
            self.figure.set_canvas(screen)
            self.figure.set_dpi(dpi)

    def write(
        self,
        path: str | Path,
        *,
        poster: str | Path | None = None,
        still: str | Path | None = None,
        key_frames: str | Path | None = None,
    ) -> None:
        """Write the film: H.264 in MP4, which most browsers play.

        Parameters
        ----------
        path : str or pathlib.Path
            Where to; it must end in ".mp4".
        poster : str or pathlib.Path, optional
            Where to write the first frame as a PNG, to stand where the film will play.
        still : str or pathlib.Path, optional
            Where to write the last frame as a PNG, to stand for the film elsewhere.
        key_frames : str or pathlib.Path, optional
            Where to write the key frames as one PNG, two per row.

        Raises
        ------
        ImportError
            If imageio-ffmpeg, which brings the encoder, is not installed.
        ValueError
            If `path` ends otherwise, or `update` does not return all that it changes.
        RuntimeError
            If the encoder fails.

        Notes
        -----
        One pass over the frames gives all four files.  The whole figure is drawn twice: as the
        background, and once more to check that the last frame is what it should be.
        """
        path = Path(path)
        if path.suffix != ".mp4":
            raise ValueError(f'path must end in ".mp4", got {str(path)!r}')
        import_encoder()  # before anything is drawn
        last = self.n_frames - 1
        whole = self.draw_frame(last)
        path.unlink(missing_ok=True)
        frames = self.frames([last, *range(self.n_frames)])
        last_frame = next(frames)
        _check_blit(last_frame, whole)
        kept: dict[int, Array] = {}
        write_mp4(_tee(frames, {0, *self.key_frames}, kept), path, fps=self.fps)
        if poster is not None:
            write_png(kept[0], poster)
        if still is not None:
            write_png(last_frame, still)
        if key_frames is not None:
            sheet = contact_sheet([kept[i] for i in self.key_frames])
            write_png(sheet, key_frames, shrink=1.5)

    def metadata(self) -> dict[str, Any]:
        """Describe the film to the page that shows it.

        Returns
        -------
        dict
            `alt`, `caption`, `table`, `fps` and `n_frames`; `width` and `height` in pixels.  It
            can be written as JSON.
        """
        width, height = (int(side * _DPI) // 2 * 2 for side in self.figure.get_size_inches())
        return {
            "alt": self.alt,
            "caption": self.caption,
            "width": width,
            "height": height,
            "fps": self.fps,
            "n_frames": self.n_frames,
            "table": self.table,
        }

    @cached_property
    def animation(self) -> FuncAnimation:
        """The same frames as Matplotlib's animation, for its writers and for tools that know it."""
        return FuncAnimation(
            self.figure,
            self._update,
            frames=self.n_frames,
            interval=1000 / self.fps,
            repeat=False,
            cache_frame_data=False,
        )

    def _play(self, drawn: Event) -> None:
        """Play the film, now that a window has drawn the figure for the first time.

        The animation is made here and not before, because Matplotlib warns of an animation that
        is never shown, and many films are only written.
        """
        if drawn.canvas.is_saving():  # drawn for a file
            return
        drawn.canvas.mpl_disconnect(self._when_drawn)
        self.animation  # noqa: B018 - it starts with the next draw event, so it gets this one again
        drawn.canvas.callbacks.process("draw_event", drawn)

    def _repr_html_(self) -> str:
        """Return the film itself, for a notebook; without the encoder, Matplotlib's player."""
        try:
            import_encoder()
        except ImportError:
            html = str(self.animation.to_jshtml())
        else:
            html = self._video()
        plt.close(self.figure)  # or the notebook shows it once more at the end of the cell
        return html

    def _video(self) -> str:
        """Return the film and all that belongs to it as one element."""
        with TemporaryDirectory() as folder:
            names = ("film.mp4", "poster.png", "frames.png")
            film, poster, frames = (Path(folder, name) for name in names)
            self.write(film, poster=poster, key_frames=frames)
            film_uri = _data_uri(film, "video/mp4")
            poster_uri, frames_uri = _data_uri(poster, "image/png"), _data_uri(frames, "image/png")
        return (
            '<figure style="margin: 0">'
            '<video controls muted playsinline preload="none" style="max-width: 100%" '
            f'aria-label="{escape(self.alt)}" '
            f'poster="{poster_uri}" src="{film_uri}">'
            f'<img alt="{escape(self.alt)}" src="{frames_uri}"></video>'
            f"<figcaption>{escape(self.caption)}</figcaption></figure>"
        )


def _format_table(table: Mapping[str, Sequence[str | float]]) -> dict[str, list[str]]:
    """Return the columns as text: integers and words as they are, others with four digits."""
    columns = {}
    for name, values in table.items():
        if not isinstance(name, str) or not name.strip():
            raise ValueError(f"table must name its columns, got {name!r}")
        if isinstance(values, str) or not all(isinstance(value, str | Real) for value in values):
            raise TypeError(f"table must hold words and numbers, got {values!r} for {name!r}")
        columns[name] = [
            str(value) if isinstance(value, str | Integral) else f"{value:#.4g}".rstrip(".")
            for value in values
        ]
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"table must have columns of one length, got {lengths}")
    return columns


def _check_blit(fast: Array, whole: Array) -> None:
    """Reject an update that does not return all that it changes."""
    differ = np.abs(fast.astype(int) - whole).max(axis=2) > 64
    if differ.mean() > 1e-4:
        raise ValueError(
            "update must return every artist that it changes, got a last frame that differs "
            f"from the figure in {differ.sum()} pixels"
        )


def _check_key_frames(key_frames: Sequence[int] | None, n_frames: int) -> list[int]:
    """Return the indices of the key frames, each of which must exist and follow the one before."""
    if key_frames is None:
        return key_frame_indices(n_frames)
    indices = [check_int("key_frames", i, least=0) for i in key_frames]
    if not indices or indices != sorted(set(indices)) or indices[-1] >= n_frames:
        raise ValueError(f"key_frames must be rising indices below {n_frames}, got {indices}")
    return indices


def _tee(frames: Iterable[Array], indices: set[int], kept: dict[int, Array]) -> Iterator[Array]:
    """Pass the frames on, and keep those with the given indices."""
    for i, frame in enumerate(frames):
        if i in indices:
            kept[i] = frame
        yield frame


def _artists_above(changed: list[Artist]) -> list[Artist]:
    """Return what changes and what lies above it in the same axes, from the lowest up."""
    layers: list[Artist] = []
    axes: dict[Any, None] = dict.fromkeys(a.axes for a in changed if a.axes is not None)
    for ax in axes:
        lowest = min(artist.get_zorder() for artist in changed if artist.axes is ax)
        frame = [] if ax.axison else [*ax.spines.values(), ax.xaxis, ax.yaxis]
        visible = [child for child in ax.get_children() if child not in (ax.patch, *frame)]
        above = [child for child in visible if child.get_zorder() >= lowest]
        layers += sorted(above, key=lambda child: child.get_zorder())
    drawn = {part for layer in layers for part in layer.findobj()}
    return layers + [artist for artist in changed if artist not in drawn]


def _rgb(canvas: Any) -> Array:
    """Copy the canvas, with even height and width, because H.264 halves its colours."""
    rgb = np.asarray(canvas.buffer_rgba())[..., :3]
    height, width, _ = rgb.shape
    return rgb[: height // 2 * 2, : width // 2 * 2].copy()


def _data_uri(path: Path, kind: str) -> str:
    """Return an address that holds the whole file."""
    return f"data:{kind};base64,{b64encode(path.read_bytes()).decode()}"
