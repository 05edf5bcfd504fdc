"""Films: what they draw, what they write, how they play, and what they reject."""

from __future__ import annotations

import gc
import json
import re
import subprocess
import sys
import warnings
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import imageio_ffmpeg
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.backend_bases import CloseEvent, TimerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from PIL import Image

from logreg_book.viz import Film
from logreg_book.viz._encode import contact_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matplotlib.artist import Artist
    from matplotlib.figure import Figure


def rising_line(n_frames: int = 12, **kwargs: Any) -> Film:
    figure, ax = plt.subplots(figsize=(2.51, 1.77))
    (line,) = ax.plot([0, 1], [0, 0])
    ax.set_ylim(0, 1)

    def update(i: int) -> list[Artist]:
        line.set_ydata([0, i / (n_frames - 1)])
        return [line]

    return Film(figure, update, **{"n_frames": n_frames, "alt": "A line rises.", **kwargs})


def height(film: Film) -> float:
    """How far the line of `rising_line` has risen."""
    (line,) = film.figure.axes[0].lines
    return float(np.asarray(line.get_ydata())[1])


def probe(path: Path) -> str:
    """What ffmpeg says of a file."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(path), "-f", "null", "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr


# Frames


def test_a_film_holds_what_it_was_given() -> None:
    film = rising_line(alt="  A line\n rises. ", caption=" Look\n up. ", fps=10, key_frames=[0, 9])
    assert (film.n_frames, film.fps, film.key_frames) == (12, 10, [0, 9])
    assert (film.alt, film.caption) == ("A line rises.", "Look up.")
    assert rising_line().caption == ""


def test_frames_have_even_sides_and_differ() -> None:
    frames = list(rising_line().frames())
    assert len(frames) == 12
    assert {frame.shape for frame in frames} == {(212, 300, 3)}
    assert frames[0].dtype == np.uint8
    assert all((a != b).any() for a, b in pairwise(frames))
    assert (frames[0][0, 0] == 255).all()


@pytest.mark.parametrize("i", [0, 3, 11])
def test_a_frame_is_the_whole_figure(i: int) -> None:
    film = rising_line()
    (frame,) = film.frames([i])
    assert_array_equal(frame, film.draw_frame(i))


def test_what_lies_above_is_drawn_again_and_what_is_hidden_is_not() -> None:
    figure, (left, right) = plt.subplots(1, 2)
    image = left.imshow(np.zeros((9, 9)), vmin=0, vmax=9)
    left.plot([0, 8], [0, 8], "w", linewidth=5)
    left.set_axis_off()
    right.set_ylim(0, 9)
    (line,) = right.plot([0, 1], [0, 0], label="a")
    legend = right.legend()
    title = figure.suptitle("0")

    def update(i: int) -> list[Artist]:
        image.set_data(np.full((9, 9), i))
        line.set_ydata([0, i])
        legend.get_texts()[0].set_text(str(i))
        title.set_text(str(i))
        return [image, line, title, legend.get_texts()[0]]

    film = Film(figure, update, n_frames=9, alt="The image grows light.")
    (frame,) = film.frames([4])
    assert_array_equal(frame, film.draw_frame(4))


def test_show_frame_changes_the_figure() -> None:
    film = rising_line()
    (line,) = film.figure.axes[0].lines
    assert film.show_frame(0) == [line]
    assert height(film) == 0
    film.show_frame(11)
    assert height(film) == 1


@pytest.mark.parametrize(
    ("i", "error", "message"),
    [
        (-1, ValueError, "i must be at least 0, got -1"),
        (12, ValueError, "i must be at most 11, got 12"),
        (0.5, TypeError, "i must be an integer, got 0.5"),
    ],
)
def test_a_frame_that_does_not_exist_is_rejected(
    i: Any, error: type[Exception], message: str
) -> None:
    film = rising_line()
    for draw in (film.show_frame, film.draw_frame, lambda i: list(film.frames([i]))):
        with pytest.raises(error, match=message):
            draw(i)
    assert height(film) == 1


def test_drawing_leaves_the_figure_as_it_was() -> None:
    film = rising_line()
    canvas, dpi = film.figure.canvas, film.figure.dpi
    list(film.frames([0, 1]))
    assert film.figure.canvas is canvas
    assert film.figure.dpi == dpi
    (line,) = film.figure.axes[0].lines
    assert not line.get_animated()
    assert height(film) == 1  # the last frame


def test_the_layout_stays_as_it_is() -> None:
    with plt.style.context("logreg_book.viz.book"):
        film = rising_line()
    (ax,) = film.figure.axes
    before = ax.get_position().bounds
    ax.set_ylabel("a label\nof two lines")
    film.draw_frame(0)
    assert ax.get_position().bounds == before


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"n_frames": 0}, ValueError, "n_frames must be at least 1"),
        ({"fps": 0.5}, TypeError, "fps must be an integer, got 0.5"),
        ({"alt": " "}, ValueError, "alt must say what happens in the film"),
        ({"alt": None}, ValueError, "alt must say what happens in the film, got None"),
        (
            {"key_frames": [0, 12]},
            ValueError,
            r"key_frames must be rising .* below 12, got \[0, 12",
        ),
        ({"key_frames": [3, 3]}, ValueError, r"key_frames must be rising indices .* got \[3, 3\]"),
        ({"key_frames": []}, ValueError, r"key_frames must be rising indices below 12, got \[\]"),
        ({"key_frames": [-1]}, ValueError, "key_frames must be at least 0, got -1"),
        ({"key_frames": [0.5]}, TypeError, "key_frames must be an integer, got 0.5"),
    ],
)
def test_a_film_rejects_bad_input(
    changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        rising_line(**changes)


# Files


def test_a_film_is_written_as_small_h264(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    rising_line().write(path)
    printed = probe(path)
    assert "Video: h264" in printed
    assert "yuv420p" in printed
    assert "300x212" in printed
    assert "20 fps" in printed
    assert re.search(r"frame= *12\b", printed)
    data = path.read_bytes()
    assert len(data) < 20_000
    assert data.index(b"moov") < data.index(b"mdat")  # it can start before all of it is there


def test_written_again_the_bytes_are_the_same(tmp_path: Path) -> None:
    film = rising_line()
    for name in ("a", "b"):
        poster, frames = tmp_path / f"{name}.png", tmp_path / f"{name}_frames.png"
        film.write(tmp_path / f"{name}.mp4", poster=poster, key_frames=frames)
    for suffix in (".mp4", ".png", "_frames.png"):
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_a_film_may_have_any_number_of_frames(tmp_path: Path) -> None:
    rising_line(150).write(tmp_path / "film.mp4")
    assert re.search(r"frame= *150\b", probe(tmp_path / "film.mp4"))


def test_a_film_ends_in_mp4(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r'path must end in "\.mp4", got .*film\.gif'):
        rising_line().write(tmp_path / "film.gif")


def test_an_update_must_return_what_it_changes(tmp_path: Path) -> None:
    figure, ax = plt.subplots()
    (line,) = ax.plot([0, 1], [0, 0], linewidth=9)

    def update(i: int) -> list[Artist]:
        line.set_ydata([0, i])
        ax.set_facecolor(str(i / 4))
        return [line]

    film = Film(figure, update, n_frames=4, alt="The background grows light.")
    with pytest.raises(ValueError, match="update must return every artist that it changes"):
        film.write(tmp_path / "a.mp4")
    assert list(tmp_path.iterdir()) == []


def test_without_the_encoder_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    film = rising_line()
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(ImportError, match="pip install imageio-ffmpeg"):
        film.write(tmp_path / "a.mp4")


@pytest.mark.parametrize("n_bytes", [None, 0])
def test_an_encoder_that_fails_leaves_an_error_and_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, n_bytes: int | None
) -> None:
    path = tmp_path / "a.mp4"

    def write_frames(*args: object, **kwargs: object) -> Iterator[None]:
        while True:
            yield
            if n_bytes is not None:
                path.write_bytes(bytes(n_bytes))

    monkeypatch.setattr(imageio_ffmpeg, "write_frames", write_frames)
    with pytest.raises(RuntimeError, match=r"ffmpeg wrote nothing to a\.mp4"):
        rising_line().write(path, poster=tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def opened(path: Path) -> Image.Image:
    """A picture of the kind that a frame is."""
    with Image.open(path) as image:
        return image.convert("RGB")


def difference(a: Any, b: Any) -> float:
    """How much two pictures differ, in levels of 255 per pixel."""
    return float(np.abs(np.asarray(a).astype(int) - np.asarray(b)).mean())


def test_the_poster_is_the_first_frame_and_the_still_the_last(tmp_path: Path) -> None:
    film, poster, still = rising_line(), tmp_path / "poster.png", tmp_path / "still.png"
    film.write(tmp_path / "film.mp4", poster=poster, still=still, key_frames=tmp_path / "keys.png")
    for path, frame in zip((poster, still), film.frames([0, 11]), strict=True):
        assert difference(opened(path), frame) < 1
        assert path.stat().st_size < 10_000
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize(
    ("n_frames", "chosen", "indices"),
    [
        (12, None, [0, 2, 4, 7, 9, 11]),
        (5, None, [0, 1, 2, 3, 4]),
        (12, [1, 3, 9], [1, 3, 9]),
    ],
)
def test_key_frames_tell_the_story(
    tmp_path: Path, n_frames: int, chosen: list[int] | None, indices: list[int]
) -> None:
    film, path = rising_line(n_frames, key_frames=chosen), tmp_path / "frames.png"
    film.write(tmp_path / "film.mp4", key_frames=path)
    sheet = opened(path)

    def compare(indices: list[int]) -> float:
        expected = Image.fromarray(contact_sheet(list(film.frames(indices))))
        assert sheet.width < expected.width
        return difference(sheet, expected.resize(sheet.size, Image.Resampling.LANCZOS))

    assert compare(indices) < 1
    assert compare(indices) < compare([*indices[:-2], indices[-2] - 1, indices[-1]])


def test_a_contact_sheet_has_two_frames_per_row_and_white_between() -> None:
    frames = [np.full((2, 3, 3), i, "u1") for i in range(3)]
    sheet = contact_sheet(frames, gap=1)
    assert sheet.shape == (5, 7, 3)
    assert sheet[:, :, 0].tolist() == [
        [0, 0, 0, 255, 1, 1, 1],
        [0, 0, 0, 255, 1, 1, 1],
        [255] * 7,
        [2, 2, 2, 255, 255, 255, 255],
        [2, 2, 2, 255, 255, 255, 255],
    ]


def test_a_film_of_one_frame_is_a_film(tmp_path: Path) -> None:
    figure, _ = plt.subplots(figsize=(2, 2))
    film = Film(figure, lambda _: [], n_frames=1, alt="Nothing moves.")
    film.write(tmp_path / "film.mp4", key_frames=tmp_path / "frames.png")
    assert re.search(r"frame= *1\b", probe(tmp_path / "film.mp4"))


def test_a_film_is_drawn_once_for_all_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure, ax = plt.subplots(figsize=(2, 2))
    (line,) = ax.plot([0, 1], [0, 0])
    drawn = {"whole": 0, "frames": 0}
    draw = FigureCanvasAgg.draw

    def draw_whole(canvas: FigureCanvasAgg) -> None:
        drawn["whole"] += 1
        draw(canvas)  # type: ignore[no-untyped-call]

    def update(i: int) -> list[Artist]:
        drawn["frames"] += 1
        line.set_ydata([0, i / 11])
        return [line]

    film = Film(figure, update, n_frames=12, alt="A line rises.")
    monkeypatch.setattr(FigureCanvasAgg, "draw", draw_whole)
    film.write(tmp_path / "a.mp4", poster=tmp_path / "a.png", key_frames=tmp_path / "b.png")
    assert drawn["whole"] == 2  # the background, and the last frame to compare with
    assert drawn["frames"] <= film.n_frames + 6


# What a page needs to know


def test_metadata_says_what_a_page_needs() -> None:
    film = rising_line(table={"step": [0, np.int64(3)], "loss": [0.125, np.inf], "note": ["", "b"]})
    metadata = json.loads(json.dumps(film.metadata()))
    (frame,) = film.frames([0])
    assert (metadata["height"], metadata["width"], 3) == frame.shape
    assert (metadata["alt"], metadata["fps"], metadata["n_frames"]) == ("A line rises.", 20, 12)
    assert metadata["table"] == {"step": ["0", "3"], "loss": ["0.1250", "inf"], "note": ["", "b"]}
    assert rising_line().metadata()["table"] == {}
    assert rising_line(table={"a": [1234.0, np.float32(2)]}).table == {"a": ["1234", "2.000"]}


@pytest.mark.parametrize(
    ("table", "error", "message"),
    [
        (
            {"a": [1], "b": [1, 2]},
            ValueError,
            r"table must have columns of one length, got \{'a': 1",
        ),
        ({" ": [1]}, ValueError, "table must name its columns, got ' '"),
        ({3: [1]}, ValueError, "table must name its columns, got 3"),
        ({"a": "no"}, TypeError, "table must hold words and numbers, got 'no' for 'a'"),
        ({"a": [None]}, TypeError, r"table must hold words and numbers, got \[None\] for 'a'"),
    ],
)
def test_a_table_of_another_kind_is_rejected(
    table: dict[Any, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        rising_line(table=table)


# Playing in a window


class Timer(TimerBase):
    """A timer that the test runs by hand."""

    running = False

    def start(self) -> None:
        """Note that it runs."""
        self.running = True

    def stop(self) -> None:
        """Note that it does not run any more."""
        self.running = False

    def tick(self) -> None:
        """Do what the timer of a window does after each interval."""
        assert self.running
        self._on_timer()  # type: ignore[attr-defined]


class Window(FigureCanvasAgg):
    """A canvas with timers, as one with a screen has them."""

    def __init__(self, figure: Figure) -> None:
        super().__init__(figure)
        self.timers: list[Timer] = []

    def new_timer(self, interval: int | None = None, callbacks: Any = None) -> Timer:
        """Make a timer that the test can find."""
        self.timers.append(Timer(interval, callbacks))
        return self.timers[-1]

    def show(self) -> None:
        """Draw, as a window does when it opens."""
        self.draw()  # type: ignore[no-untyped-call]

    def pixels(self) -> NDArray[np.uint8]:
        """Copy what the reader sees."""
        return np.array(self.buffer_rgba())  # type: ignore[no-untyped-call]


def test_in_a_window_the_film_plays_once_from_the_first_frame_to_the_last() -> None:
    film = rising_line()
    window = Window(film.figure)
    assert window.timers == []
    window.show()
    (timer,) = window.timers
    assert timer.running
    assert timer.interval == 50
    for i in range(12):
        timer.tick()
        assert_allclose(height(film), i / 11)
    timer.tick()
    assert not timer.running
    assert height(film) == 1
    window.show()
    assert window.timers == [timer]


def test_each_frame_is_drawn_as_it_plays() -> None:
    film = rising_line()
    window = Window(film.figure)
    window.show()
    seen = []
    for _ in range(12):
        window.timers[0].tick()
        seen.append(window.pixels())
    assert all((a != b).any() for a, b in pairwise(seen))


def test_a_film_plays_although_the_script_has_not_kept_it() -> None:
    window = Window(rising_line().figure)
    gc.collect()
    window.show()
    (timer,) = window.timers
    timer.tick()
    (line,) = window.figure.axes[0].lines
    assert_array_equal(line.get_ydata(), [0, 0])


def test_a_film_stops_when_its_window_is_closed() -> None:
    film = rising_line()
    window = Window(film.figure)
    window.show()
    (timer,) = window.timers
    timer.tick()
    window.callbacks.process("close_event", CloseEvent("close_event", window))
    timer.tick()
    assert not timer.running
    assert height(film) == 0


def test_files_do_not_start_the_film(tmp_path: Path) -> None:
    film = rising_line()
    window = Window(film.figure)
    film.write(tmp_path / "film.mp4")
    film.figure.savefig(BytesIO())
    assert window.timers == []
    assert height(film) == 1
    window.show()
    assert len(window.timers) == 1


@pytest.mark.parametrize("is_shown", [False, True])
def test_a_film_ends_without_a_warning_whether_it_was_shown_or_not(is_shown: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        film = rising_line()
        if is_shown:
            Window(film.figure).show()
        plt.close(film.figure)
        del film
        gc.collect()


def test_matplotlibs_writers_can_save_the_film(tmp_path: Path) -> None:
    film = rising_line(3)
    film.animation.save(tmp_path / "film.gif", writer="pillow")
    with Image.open(tmp_path / "film.gif") as image:
        assert getattr(image, "n_frames", 1) == 3


def test_a_small_dot_keeps_its_colour_in_pictures(tmp_path: Path) -> None:
    """Of few colours most are greys, on the edges of letters."""
    colours = {"#0072B8": (0, 114, 184), "#C75100": (199, 81, 0), "#A05B8E": (160, 91, 142)}
    with plt.style.context("logreg_book.viz.book"):
        figure, axes = plt.subplots(2, 3, figsize=(6.4, 4.0), sharex=True, sharey=True)
        for ax, colour in zip(axes.flat, (*colours, *colours), strict=True):
            ax.contour(np.hypot(*np.mgrid[-9:10, -9:10]), levels=40, colors="grey", linewidths=0.5)
            ax.plot([9], [9], "o", color=colour, markersize=6)
            ax.set_title("Some words")
    film = Film(figure, lambda _: [], n_frames=2, alt="Dots.")
    names = [tmp_path / name for name in ("film.mp4", "first.png", "last.png", "keys.png")]
    film.write(names[0], poster=names[1], still=names[2], key_frames=names[3])
    for name in names[1:]:
        with Image.open(name) as image:
            shown = np.asarray(image.convert("RGB"), dtype=int).reshape(-1, 3)
        for rgb in colours.values():
            assert np.abs(shown - rgb).max(axis=1).min() < 12


# Playing in a notebook


def test_in_a_notebook_a_film_shows_itself() -> None:
    film = rising_line(alt='A "line" rises.', caption="See <how>.")
    html = film._repr_html_()
    assert '<video controls muted playsinline preload="none"' in html
    assert "<figcaption>See &lt;how&gt;.</figcaption>" in html
    assert "A &quot;line&quot; rises." in html
    assert ' src="data:video/mp4;base64,AAAA' in html
    assert html.count('="data:image/png;base64,iVBOR') == 2  # poster and key frames
    assert "autoplay" not in html
    assert plt.get_fignums() == []  # or the cell would show it once more


def test_in_a_notebook_a_large_film_shows_itself_as_well() -> None:
    figure = plt.figure(figsize=(6.4, 4.8))
    noise = figure.figimage(np.zeros((576, 768)), vmin=0, vmax=1)

    def update(i: int) -> list[Artist]:
        noise.set_data(np.random.default_rng(i).random((576, 768)))
        return [noise]

    html = Film(figure, update, n_frames=2, alt="Noise.")._repr_html_()
    film = html.partition(' src="data:video/mp4;base64,')[2].partition('"')[0]
    assert len(film) * 3 / 4 > 150_000


def test_a_notebook_without_the_encoder_has_matplotlibs_player(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    film = rising_line(n_frames=3)
    window = Window(film.figure)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    html = film._repr_html_()
    assert len(re.findall(r'frames\[\d\] = "data:image/png;base64', html)) == 3
    assert not any(timer.running for timer in window.timers)
    assert plt.get_fignums() == []


def test_importing_loads_neither_the_encoder_nor_torch() -> None:
    code = "import sys, logreg_book.viz; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"IPython", "imageio_ffmpeg", "sklearn", "torch"} & set(loaded)
    assert "matplotlib" in loaded
