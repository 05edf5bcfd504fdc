"""Pictures that move: films that are written beside a page, and a plot that is live."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from itertools import chain
from numbers import Integral, Real
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from PIL import Image

from logreg_book import _validate
from logreg_book._validate import Array
from logreg_book.plotting import TrainingPicture
from logreg_book.training import State

__all__ = ["Film", "LivePlot", "training_film"]

_MOST_FRAMES = 100
_MOST_BYTES = 150_000
_DPI = 120  # 768 pixels for 6.4 inches: sharp on a phone, and small
_H264 = [
    *("-crf", "27", "-preset", "veryslow", "-tune", "animation", "-g", "100"),
    *("-vf", "scale=out_color_matrix=bt709:out_range=tv", "-color_range", "tv"),
    *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"),
    *("-movflags", "+faststart", "-map_metadata", "-1"),
    # the same bytes each time
    *("-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact"),
]


class Film(FuncAnimation):
    """An animation that can be written as a small film, with a poster and key frames.

    In a window ``plt.show()`` plays it.  In a notebook it shows itself, as a film, when it is
    the last line of the cell that makes it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        It gets a white ground, and its layout stays from now on as it is.
    update : callable
        Takes the number of a frame, from 0; changes the figure; returns **all** artists that
        it changes.  What it draws must depend on the number alone.
    n_frames : int
        At most 100.
    alt : str
        What happens in the film, in words.
    fps : int, optional
        Frames a second.
    table : mapping of str to sequence of str, int or float, optional
        A few of the numbers plotted, for who cannot see them move: the name of each column, and
        what stands below it.  The first column names the rows.  Numbers that are not whole are
        shown with four digits.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        The figure; it shows the last frame until the film is played.
    n_frames, fps, alt
        As given.
    table : dict of str to list of str
        As given, with each number as it is shown; empty if none was given.

    Raises
    ------
    TypeError, ValueError
        If a count does not fit, there is no `alt`, or `table` has columns unlike.

    Notes
    -----
    Drawing a figure costs more than drawing what changes in it: the ground is drawn once, and
    each frame puts the changing artists, and those that lie above them, on a copy of it.

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
        fps: int = 20,
        table: Mapping[str, Sequence[str | float]] | None = None,
    ) -> None:
        self.n_frames, self.fps = _validate.count("n_frames", n_frames), _validate.count("fps", fps)
        if self.n_frames > _MOST_FRAMES:
            raise ValueError(f"n_frames must be at most {_MOST_FRAMES}, got {n_frames}")
        if not isinstance(alt, str) or not alt.strip():
            raise ValueError(f"alt must say what happens in the film, got {alt!r}")
        self.alt = " ".join(alt.split())
        self.table = _as_shown(table or {})
        self.figure = figure
        self._update = update
        figure.set_facecolor("white")
        update(self.n_frames - 1)
        figure.draw_without_rendering()  # the layout is made; from now on no axis may jump
        figure.set_layout_engine("none")
        super().__init__(
            figure,
            update,
            frames=self.n_frames,
            interval=1000 / self.fps,
            repeat=False,
            cache_frame_data=False,
        )

    def __del__(self) -> None:
        """Go without Matplotlib's warning that nothing was rendered: not every film is shown."""

    def frames(self, numbers: Iterable[int] | None = None) -> Iterator[Array]:
        """Draw frames.

        Parameters
        ----------
        numbers : iterable of int, optional
            Which frames, counted from 0; all of them if left out.

        Yields
        ------
        (height, width, 3) array of uint8
            Red, green, blue; both sides have an even number of pixels.
        """
        with self._ground() as draw:
            for i in range(self.n_frames) if numbers is None else numbers:
                yield draw(i)

    @contextmanager
    def _canvas(self) -> Iterator[Any]:
        """A canvas of the film's size in place of the figure's own."""
        screen, dpi = self.figure.canvas, self.figure.dpi
        canvas: Any = FigureCanvasAgg(self.figure)
        self.figure.set_dpi(_DPI)
        try:
            # a draw event would start the animation
            with canvas.callbacks.blocked(signal="draw_event"):
                yield canvas
        finally:
            self._update(self.n_frames - 1)
            self.figure.set_canvas(screen)
            self.figure.set_dpi(dpi)

    @contextmanager
    def _ground(self) -> Iterator[Callable[[int], Array]]:
        """Draw all that stays; give a function that draws a frame upon it."""
        with self._canvas() as canvas:
            changing = _layers(list(self._update(0)))
            for artist in changing:
                artist.set_animated(True)
            try:
                canvas.draw()
                ground = canvas.copy_from_bbox(self.figure.bbox)

                def draw(i: int) -> Array:
                    canvas.restore_region(ground)
                    self._update(i)
                    for artist in changing:
                        self.figure.draw_artist(artist)
                    return _pixels(canvas)

                yield draw
            finally:
                for artist in changing:
                    artist.set_animated(False)

    def redraw(self, number: int) -> Array:
        """Draw a frame the slow way: the whole figure anew.

        Parameters
        ----------
        number : int
            Which frame, counted from 0.

        Returns
        -------
        (height, width, 3) array of uint8
            What `frames` yields, too.
        """
        with self._canvas() as canvas:
            self._update(number)
            canvas.draw()
            return _pixels(canvas)

    def write(
        self,
        path: str | Path,
        *,
        poster: str | Path | None = None,
        key_frames: str | Path | None = None,
    ) -> None:
        """Write the film: H.264 in MP4, which every browser plays.

        Parameters
        ----------
        path : str or pathlib.Path
            Where to; it must end in ".mp4".
        poster : str or pathlib.Path, optional
            Where to write the last frame as a PNG, to stand where the film will play.
        key_frames : str or pathlib.Path, optional
            Where to write six frames, from the first to the last, as one PNG, two in a row.

        Raises
        ------
        ImportError
            If imageio-ffmpeg, which brings the encoder, is not installed.
        ValueError
            If `path` ends otherwise, `update` does not return all that it changes, or the film
            has more than 150 kB.  Then nothing is left at `path`.
        RuntimeError
            If the encoder fails.

        Notes
        -----
        One pass over the frames gives all three files, and the whole figure is drawn twice: as
        the ground, and once more to see that the last frame is what it should be.
        """
        path = Path(path)
        if path.suffix != ".mp4":
            raise ValueError(f'path must end in ".mp4", got {str(path)!r}')
        encoder, last = _encoder(), self.n_frames - 1
        whole = self.redraw(last)
        path.unlink(missing_ok=True)
        frames = self.frames([last, *range(self.n_frames)])
        last_frame = next(frames)
        _check_whole(last_frame, whole)
        kept: list[Array] = []
        _encode(encoder, _keeping(frames, _key_numbers(self.n_frames), kept), path, fps=self.fps)
        _check_size(path)
        if poster is not None:
            _write_png(last_frame, poster)
        if key_frames is not None:
            _write_png(_two_in_a_row(kept), key_frames, shrink=1.5)

    def record(self) -> dict[str, Any]:
        """Describe the film to the page that shows it.

        Returns
        -------
        dict
            `alt`, `table`, `fps` and `n_frames`; `width` and `height` in pixels.  It can be
            written as JSON.
        """
        width, height = (int(side * _DPI) // 2 * 2 for side in self.figure.get_size_inches())
        return {
            "alt": self.alt,
            "width": width,
            "height": height,
            "fps": self.fps,
            "n_frames": self.n_frames,
            "table": self.table,
        }

    def _repr_html_(self) -> str:
        """The film itself, for a notebook; without the encoder, Matplotlib's player."""
        try:
            _encoder()
        except ImportError:
            shown = str(self.to_jshtml())
        else:
            shown = self._video()
        plt.close(self.figure)  # or the notebook shows it once more at the end of the cell
        return shown

    def _video(self) -> str:
        """The film and all that belongs to it in one element, of which the book makes files."""
        with TemporaryDirectory() as folder:
            names = ("film.mp4", "poster.png", "frames.png")
            film, poster, frames = (Path(folder, name) for name in names)
            self.write(film, poster=poster, key_frames=frames)
            film_uri = _data_uri(film, "video/mp4")
            poster_uri, frames_uri = _data_uri(poster, "image/png"), _data_uri(frames, "image/png")
        return (
            '<video controls muted playsinline preload="none" style="max-width: 100%" '
            f'aria-label="{escape(self.alt)}" data-film="{escape(json.dumps(self.record()))}" '
            f'poster="{poster_uri}" src="{film_uri}">'
            f'<img alt="{escape(self.alt)}" src="{frames_uri}"></video>'
        )


def _as_shown(table: Mapping[str, Sequence[str | float]]) -> dict[str, list[str]]:
    """The columns as text: whole numbers and words as they are, others with four digits."""
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


def _key_numbers(n_frames: int) -> list[int]:
    """Numbers of at most six frames that tell the story, from the first to the last."""
    return sorted({round(number) for number in np.linspace(0, n_frames - 1, 6).tolist()})


def _check_whole(fast: Array, whole: Array) -> None:
    """Refuse an update that does not return all that it changes."""
    differ = np.abs(fast.astype(int) - whole).max(axis=2) > 64
    if differ.mean() > 1e-4:
        raise ValueError(
            "update must return every artist that it changes, got a last frame that differs "
            f"from the figure in {differ.sum()} pixels"
        )


def _keeping(frames: Iterable[Array], numbers: list[int], kept: list[Array]) -> Iterator[Array]:
    """The frames, of which some are kept for later."""
    for i, frame in enumerate(frames):
        if i in numbers:
            kept.append(frame)
        yield frame


def _encode(encoder: Any, frames: Iterator[Array], path: Path, *, fps: int) -> None:
    """Hand each frame to the encoder while the next one is drawn."""
    first = next(frames)
    pipe = encoder.write_frames(
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


def _check_size(path: Path) -> None:
    """Refuse a film that is empty or too large, and remove it."""
    n_bytes = path.stat().st_size if path.exists() else 0
    if n_bytes == 0:
        raise RuntimeError(f"ffmpeg wrote nothing to {path.name}: see what it said")
    if n_bytes > _MOST_BYTES:
        path.unlink()
        raise ValueError(
            f"a film must have at most {_MOST_BYTES} bytes, {path.name} has {n_bytes}: "
            "use fewer frames, fewer points, or a smaller figure"
        )


def _two_in_a_row(frames: list[Array], *, gap: int = 24) -> Array:
    """One picture of them all."""
    height, width, _ = frames[0].shape
    sheet = np.full((-(-len(frames) // 2) * (height + gap) - gap, 2 * width + gap, 3), 255, "u1")
    for i, frame in enumerate(frames):
        row, column = divmod(i, 2)
        y, x = row * (height + gap), column * (width + gap)
        sheet[y : y + height, x : x + width] = frame
    return sheet


def _data_uri(path: Path, kind: str) -> str:
    """A file as an address that holds it."""
    return f"data:{kind};base64,{b64encode(path.read_bytes()).decode()}"


def _encoder() -> Any:
    try:
        import imageio_ffmpeg
    except ImportError:
        raise ImportError(
            "writing a film needs the encoder that imageio-ffmpeg brings: "
            "pip install imageio-ffmpeg"
        ) from None
    return imageio_ffmpeg


def _layers(changed: list[Artist]) -> list[Artist]:
    """What changes and what lies above it in the same axes, from the lowest to the highest."""
    layers: list[Artist] = []
    axes: dict[Any, None] = dict.fromkeys(a.axes for a in changed if a.axes is not None)
    for ax in axes:
        lowest = min(artist.get_zorder() for artist in changed if artist.axes is ax)
        frame = [] if ax.axison else [*ax.spines.values(), ax.xaxis, ax.yaxis]
        seen = [child for child in ax.get_children() if child not in (ax.patch, *frame)]
        above = [child for child in seen if child.get_zorder() >= lowest]
        layers += sorted(above, key=lambda child: child.get_zorder())
    drawn = {part for layer in layers for part in layer.findobj()}
    return layers + [artist for artist in changed if artist not in drawn]


def _pixels(canvas: Any) -> Array:
    """A copy of the canvas, of even height and width: H.264 halves its colours."""
    rgb = np.asarray(canvas.buffer_rgba())[..., :3]
    height, width, _ = rgb.shape
    return rgb[: height // 2 * 2, : width // 2 * 2].copy()


def _write_png(picture: Array, path: str | Path, *, shrink: float = 1.0) -> None:
    """A PNG of few colours: a third of the bytes, and no difference to be seen."""
    image = Image.fromarray(picture)
    if shrink != 1:
        size = round(image.width / shrink), round(image.height / shrink)
        image = image.resize(size, Image.Resampling.LANCZOS)
    image.quantize(96, dither=Image.Dither.NONE).save(path, format="PNG", optimize=True)


def training_film(
    X: ArrayLike,
    y: ArrayLike,
    runs: Mapping[str, Sequence[State]],
    *,
    alt: str,
    cost: Literal["seen", "epoch"] = "seen",
    class_names: Sequence[str] | None = None,
    feature_names: Sequence[str] | None = None,
    fps: int = 20,
) -> Film:
    """Film training runs: moving boundaries, and the losses on one clock.

    Parameters
    ----------
    X : (B, 2) array
        Inputs.
    y : (B,) array of integers in 0 .. K-1
        Labels.
    runs : mapping of str to sequence of State
        Name of each run, and its states in the order of training.
    alt : str
        What happens in the film, in words.
    cost : "seen" or "epoch", optional
        The clock that all runs share: examples seen, or epochs.
    class_names : sequence of K str, optional
        Names for the legend.
    feature_names : pair of str, optional
        Names of the two inputs.
    fps : int, optional
        Frames a second.

    Returns
    -------
    Film
        A frame for each value of the clock if there are at most 90, otherwise 90 at equal
        steps of the clock.  A run shows the last state that it had reached by then.  The
        film's table has the loss of each run at the key frames.

    Raises
    ------
    TypeError, ValueError
        If there is no run or a run has no states, `X` does not have two columns, or other
        arguments do not fit.

    Examples
    --------
    >>> from logreg_book import fit
    >>> X, y = [[-1.0, 0.0], [1.0, 0.0]], [0, 1]
    >>> states = list(fit(X, y, np.zeros((2, 2)), np.zeros(2), eta=1.0, epochs=3))
    >>> film = training_film(X, y, {"GD": states}, alt="The loss falls.")
    >>> film.n_frames
    4
    >>> plt.close(film.figure)
    """
    if cost not in ("seen", "epoch"):
        raise ValueError(f'cost must be "seen" or "epoch", got {cost!r}')
    for name, states in runs.items():
        if len(states) == 0:
            raise ValueError(f"runs must have at least one state each, {name!r} has none")
    x_label = {"seen": "examples seen", "epoch": "epoch"}[cost]
    picture = TrainingPicture(
        list(runs),
        X,
        y,
        x_label=x_label,
        class_names=class_names,
        feature_names=feature_names,
        steps=cost == "seen",
    )
    costs = [np.array([getattr(state, cost) for state in states]) for states in runs.values()]
    losses = [np.array([state.loss for state in states]) for states in runs.values()]
    clock = np.unique(np.concatenate(costs))
    if len(clock) > 90:
        clock = np.linspace(clock[0], clock[-1], 90)
    loss_max = max(float(np.max(own, where=np.isfinite(own), initial=0)) for own in losses)
    picture.set_view(max(clock[-1], 1), loss_max or 1.0)

    def reached(run: int, frame: int) -> int:
        return max(int(np.searchsorted(costs[run], clock[frame], side="right")), 1)

    def update(frame: int) -> list[Artist]:
        for run, states in enumerate(runs.values()):
            last = reached(run, frame)
            state = states[last - 1]
            # until its next step a run keeps its loss, while the clock goes on
            x = np.append(costs[run][:last], min(clock[frame], costs[run][-1]))
            picture.show(run, state.W, state.b, x, np.append(losses[run][:last], state.loss))
        return picture.changing

    keys = _key_numbers(len(clock))
    table: dict[str, list[float]] = {x_label: [int(clock[frame]) for frame in keys]}
    for run, name in enumerate(runs):
        numbers = [float(losses[run][reached(run, frame) - 1]) for frame in keys]
        table[f"loss of {name} (nats)"] = numbers
    return Film(picture.figure, update, n_frames=len(clock), alt=alt, fps=fps, table=table)


class LivePlot:
    """Draws the boundary and the loss while training runs: call it with each state.

    In a desktop window the picture moves, and training goes on when the window is closed.  In
    a notebook it is redrawn in place, and the last picture stays.  Without a screen only
    `figure` is kept up to date.

    Parameters
    ----------
    X : (B, 2) array
        Inputs.
    y : (B,) array of integers in 0 .. K-1
        Labels.
    class_names : sequence of K str, optional
        Names for the legend.
    feature_names : pair of str, optional
        Names of the two inputs.
    every : int, optional
        Draw each `every`-th state only: drawing takes longer than a step.  `draw` brings the
        picture up to date.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        The picture.

    Raises
    ------
    TypeError, ValueError
        If `X` does not have two columns, or other arguments do not fit.

    Examples
    --------
    >>> from logreg_book import fit
    >>> X, y = [[-1.0, 0.0], [1.0, 0.0]], [0, 1]
    >>> live = LivePlot(X, y)
    >>> for state in fit(X, y, np.zeros((2, 2)), np.zeros(2), eta=1.0, epochs=3):
    ...     live(state)
    >>> plt.close(live.figure)
    """

    def __init__(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        class_names: Sequence[str] | None = None,
        feature_names: Sequence[str] | None = None,
        every: int = 1,
    ) -> None:
        self._every = _validate.count("every", every)
        self._picture = TrainingPicture(
            ["training"],
            X,
            y,
            x_label="examples seen",
            class_names=class_names,
            feature_names=feature_names,
        )
        self.figure = self._picture.figure
        self._calls = 0
        self._seen: list[int] = []
        self._losses: list[float] = []
        self._last: State | None = None
        self._refresh = _surface(self.figure)

    def __call__(self, state: State) -> None:
        """Take a state; draw it if its turn has come.

        Parameters
        ----------
        state : State
            From `logreg_book.training.fit` or a training loop's hook.  One that has seen no
            more examples than the last one starts a new curve.
        """
        if self._seen and state.seen <= self._seen[-1]:
            self._seen, self._losses, self._calls = [], [], 0
        self._seen.append(state.seen)
        self._losses.append(state.loss)
        self._last = state
        if self._calls % self._every == 0:
            self.draw()
        self._calls += 1

    def draw(self) -> None:
        """Draw the last state that was taken."""
        if self._last is None:
            return
        finite = [loss for loss in self._losses if np.isfinite(loss) and loss > 0]
        self._picture.set_view(max(self._seen[-1], 1), max(finite, default=1.0))
        self._picture.show(0, self._last.W, self._last.b, self._seen, self._losses)
        self._refresh()


def _surface(figure: Figure) -> Callable[[], None]:
    """How a change of the figure comes before the reader's eyes."""
    if "inline" in mpl.get_backend():
        return _Notebook(figure)
    if getattr(figure.canvas, "required_interactive_framework", None):
        return _Window(figure)
    return lambda: None


_PNG = {"image/png", "text/plain"}  # where SVG is shown as well, it would take twice the time


class _Notebook:
    """An output cell that is written again in place."""

    def __init__(self, figure: Figure) -> None:
        plt.close(figure)  # or the notebook shows it once more at the end of the cell
        self._figure = figure
        self._handle: Any = None

    def __call__(self) -> None:
        if self._handle is None:
            from IPython.display import display

            # transparent ground with dark ink: a dark notebook puts white behind it
            light = {"needs_background": "light"}
            self._handle = display(  # type: ignore[no-untyped-call]
                self._figure, display_id=True, metadata=light, include=_PNG
            )
        else:
            self._handle.update(self._figure, include=_PNG)


class _Window:
    """A window that redraws while Python is busy, until the reader closes it."""

    def __init__(self, figure: Figure) -> None:
        self._canvas: Any = figure.canvas
        self._open = True
        self._canvas.mpl_connect("close_event", self._close)
        figure.set_facecolor("white")
        manager: Any = figure.canvas.manager
        with mpl.rc_context({"figure.raise_window": False}):  # the reader may be typing elsewhere
            manager.show()

    def _close(self, event: object) -> None:
        self._open = False

    def __call__(self) -> None:
        if self._open:
            self._canvas.draw_idle()
            self._canvas.flush_events()
