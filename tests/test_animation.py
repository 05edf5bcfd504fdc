"""Films and live plots: what they draw, what they write, and what they refuse."""

from __future__ import annotations

import gc
import json
import re
import subprocess
import sys
import time
import warnings
from html import unescape
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import imageio_ffmpeg
import IPython.display
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from logreg_book import State, fit
from logreg_book.animation import Film, LivePlot, training_film
from logreg_book.datasets import gaussian_blobs
from logreg_book.plotting import boundary_segments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

X, Y = gaussian_blobs(30, rng=np.random.default_rng(0))
W, B = np.array([[1.0, -1.0], [0.5, -0.5]]), np.array([-0.5, 0.5])


@pytest.fixture(autouse=True)
def no_figure_left() -> Iterator[None]:
    yield
    plt.close("all")


def states(epochs: int = 5, batch_size: int | None = None, **kwargs: Any) -> list[State]:
    rng = np.random.default_rng(1)
    return list(fit(X, Y, W, B, eta=0.5, epochs=epochs, batch_size=batch_size, rng=rng, **kwargs))


def rising_line(n_frames: int = 12, **kwargs: Any) -> Film:
    figure, ax = plt.subplots(figsize=(2.51, 1.77))
    (line,) = ax.plot([0, 1], [0, 0])
    ax.set_ylim(0, 1)

    def update(i: int) -> list[Artist]:
        line.set_ydata([0, i / (n_frames - 1)])
        return [line]

    return Film(figure, update, **{"n_frames": n_frames, "alt": "A line rises.", **kwargs})


def noise(n_frames: int) -> Film:
    figure, ax = plt.subplots()
    image = ax.imshow(np.zeros((200, 300)), vmin=0, vmax=1)

    def update(i: int) -> list[Artist]:
        image.set_data(np.random.default_rng(i).random((200, 300)))
        return [image]

    return Film(figure, update, n_frames=n_frames, alt="Noise.")


def probe(path: Path) -> str:
    """What ffmpeg says of a file."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(path), "-f", "null", "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr


# Film


def test_a_film_holds_what_it_was_given() -> None:
    film = rising_line(alt="  A line\n rises. ", fps=10)
    assert (film.n_frames, film.fps, film.alt) == (12, 10, "A line rises.")


def test_frames_have_even_sides_and_differ() -> None:
    frames = list(rising_line().frames())
    assert len(frames) == 12
    assert {frame.shape for frame in frames} == {(212, 300, 3)}
    assert frames[0].dtype == np.uint8
    assert all((a != b).any() for a, b in pairwise(frames))
    assert (frames[0][0, 0] == 255).all()


@pytest.mark.parametrize("number", [0, 3, 11])
def test_a_frame_is_the_whole_figure_drawn_anew(number: int) -> None:
    film = rising_line()
    (frame,) = film.frames([number])
    assert_array_equal(frame, film.redraw(number))


@pytest.mark.parametrize("names", [["GD"], ["GD", "SGD"]])
def test_a_frame_of_training_is_the_whole_figure_drawn_anew(names: list[str]) -> None:
    film = training_film(X, Y, {name: states() for name in names}, alt="It falls.")
    for number, frame in enumerate(list(film.frames())):
        assert_array_equal(frame, film.redraw(number))


def test_what_lies_above_is_drawn_anew_and_what_is_hidden_is_not() -> None:
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

    film = Film(figure, update, n_frames=9, alt="The ground grows light.")
    (frame,) = film.frames([4])
    assert_array_equal(frame, film.redraw(4))


def test_drawing_leaves_the_figure_as_it_was() -> None:
    film = rising_line()
    canvas, dpi = film.figure.canvas, film.figure.dpi
    list(film.frames([0, 1]))
    assert film.figure.canvas is canvas
    assert film.figure.dpi == dpi
    (line,) = film.figure.axes[0].lines
    assert not line.get_animated()
    assert_array_equal(line.get_ydata(), [0, 1])  # the last frame


def test_the_layout_stays_as_it_is() -> None:
    with plt.style.context("logreg_book.book"):
        film = rising_line()
    (ax,) = film.figure.axes
    before = ax.get_position().bounds
    ax.set_ylabel("a label\nof two lines")
    film.redraw(0)
    assert ax.get_position().bounds == before


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"n_frames": 101}, ValueError, "n_frames must be at most 100, got 101"),
        ({"n_frames": 0}, ValueError, "n_frames must be at least 1"),
        ({"fps": 0.5}, TypeError, "fps must be a whole number"),
        ({"alt": " "}, ValueError, "alt must say what happens in the film"),
        ({"alt": None}, ValueError, "alt must say what happens in the film, got None"),
    ],
)
def test_a_film_refuses_bad_input(
    changes: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        rising_line(**changes)


def test_a_film_that_is_not_shown_goes_without_warning() -> None:
    film = rising_line()
    plt.close(film.figure)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del film
        gc.collect()


# Files


def test_a_film_is_written_as_small_h264(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    rising_line().write(path)
    said = probe(path)
    assert "Video: h264" in said
    assert "yuv420p" in said
    assert "300x212" in said
    assert "20 fps" in said
    assert re.search(r"frame= *12\b", said)
    data = path.read_bytes()
    assert len(data) < 20_000
    assert data.index(b"moov") < data.index(b"mdat")  # it can start before all of it is there


def test_written_again_the_bytes_are_the_same(tmp_path: Path) -> None:
    film = training_film(X, Y, {"GD": states()}, alt="It falls.")
    for name in ("a", "b"):
        poster, frames = tmp_path / f"{name}.png", tmp_path / f"{name}_frames.png"
        film.write(tmp_path / f"{name}.mp4", poster=poster, key_frames=frames)
    for suffix in (".mp4", ".png", "_frames.png"):
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_a_film_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path, poster = tmp_path / "a.mp4", tmp_path / "a.png"
    with pytest.raises(ValueError, match=r"at most 150000 bytes, a\.mp4 has \d+: use fewer frames"):
        noise(6).write(path, poster=poster)
    assert list(tmp_path.iterdir()) == []


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

    film = Film(figure, update, n_frames=4, alt="The ground grows light.")
    with pytest.raises(ValueError, match="update must return every artist that it changes"):
        film.write(tmp_path / "a.mp4")
    assert list(tmp_path.iterdir()) == []


def test_without_the_encoder_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(ImportError, match="pip install imageio-ffmpeg"):
        rising_line().write(tmp_path / "a.mp4")


def test_an_encoder_that_fails_is_not_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def write_frames(*args: object, **kwargs: object) -> Iterator[None]:
        while True:
            yield

    monkeypatch.setattr(imageio_ffmpeg, "write_frames", write_frames)
    with pytest.raises(RuntimeError, match=r"ffmpeg wrote nothing to a\.mp4"):
        rising_line().write(tmp_path / "a.mp4")


def opened(path: Path) -> Image.Image:
    """A picture of the film's kind."""
    with Image.open(path) as image:
        return image.convert("RGB")


def apart(a: Any, b: Any) -> float:
    """How much two pictures differ, in levels of 255 a pixel."""
    return float(np.abs(np.asarray(a).astype(int) - np.asarray(b)).mean())


def nearest(picture: Image.Image, film: Film) -> int:
    """The number of the frame that looks most like the picture."""
    frames = [Image.fromarray(frame).resize(picture.size) for frame in film.frames()]
    return int(np.argmin([apart(picture, frame) for frame in frames]))


def test_the_poster_is_the_last_frame(tmp_path: Path) -> None:
    film, poster = rising_line(), tmp_path / "poster.png"
    film.write(tmp_path / "film.mp4", poster=poster)
    (frame,) = film.frames([11])
    assert apart(opened(poster), frame) < 1
    assert poster.stat().st_size < 10_000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mp4", "poster.png"]


@pytest.mark.parametrize(("n_frames", "numbers"), [(12, [0, 2, 4, 7, 9, 11]), (5, [0, 1, 2, 3, 4])])
def test_key_frames_stand_two_in_a_row(tmp_path: Path, n_frames: int, numbers: list[int]) -> None:
    film, path = rising_line(n_frames), tmp_path / "frames.png"
    film.write(tmp_path / "film.mp4", key_frames=path)
    sheet = opened(path)
    assert sheet.size == (round(624 / 1.5), round((3 * 236 - 24) / 1.5))
    corners = [(216 * (i % 2), round(236 / 1.5 * (i // 2))) for i in range(6)]
    places = [sheet.crop((x, y, x + 200, y + 141)) for x, y in corners]
    filled = [place for place in places if place.getextrema() != ((255, 255),) * 3]
    assert [nearest(place, film) for place in filled] == numbers


def test_a_film_of_one_frame_is_a_film(tmp_path: Path) -> None:
    figure, _ = plt.subplots(figsize=(2, 2))
    film = Film(figure, lambda _: [], n_frames=1, alt="Nothing moves.")
    film.write(tmp_path / "film.mp4", key_frames=tmp_path / "frames.png")
    assert re.search(r"frame= *1\b", probe(tmp_path / "film.mp4"))


def test_a_film_is_drawn_once_for_all_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = rising_line()
    drawn = {"whole": 0, "frames": 0}
    draw, update = FigureCanvasAgg.draw, film._update

    def count_whole(canvas: FigureCanvasAgg) -> None:
        drawn["whole"] += 1
        draw(canvas)  # type: ignore[no-untyped-call]

    def count_frame(number: int) -> Any:
        drawn["frames"] += 1
        return update(number)

    monkeypatch.setattr(FigureCanvasAgg, "draw", count_whole)
    film._update = count_frame
    film.write(tmp_path / "a.mp4", poster=tmp_path / "a.png", key_frames=tmp_path / "b.png")
    assert drawn["whole"] == 2  # the ground, and the last frame to compare with
    assert drawn["frames"] <= film.n_frames + 6


def test_drawing_what_changes_is_faster_than_drawing_all() -> None:
    film = training_film(X, Y, {"GD": states(epochs=20)}, alt="It falls.")

    def seconds(work: Callable[[], object]) -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    numbers = range(film.n_frames)
    whole = min(seconds(lambda: [film.redraw(i) for i in numbers]) for _ in range(2))
    fast = min(seconds(lambda: list(film.frames())) for _ in range(2))
    assert whole > 1.5 * fast, f"redrawn in {whole:.2f} s, only what changes in {fast:.2f} s"


def test_a_record_says_what_a_page_needs() -> None:
    film = rising_line(table={"step": [0, np.int64(3)], "loss": [0.125, np.inf], "note": ["", "b"]})
    record = json.loads(json.dumps(film.record()))
    (frame,) = film.frames([0])
    assert (record["height"], record["width"], 3) == frame.shape
    assert (record["alt"], record["fps"], record["n_frames"]) == ("A line rises.", 20, 12)
    assert record["table"] == {"step": ["0", "3"], "loss": ["0.1250", "inf"], "note": ["", "b"]}
    assert rising_line().record()["table"] == {}
    assert rising_line(table={"a": [1234.0, np.float32(2)]}).table == {"a": ["1234", "2.000"]}


@pytest.mark.parametrize(
    ("table", "error", "says"),
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
def test_a_table_of_another_kind_is_refused(
    table: dict[Any, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        rising_line(table=table)


# Playing


def test_in_a_window_the_film_plays_from_the_first_frame() -> None:
    film = rising_line()
    (line,) = film.figure.axes[0].lines
    film.figure.canvas.draw()  # as a window does when it opens
    assert_array_equal(line.get_ydata(), [0, 0])
    for _ in range(3):
        film._step()  # type: ignore[attr-defined]  # as the window's timer does
    assert_allclose(np.asarray(line.get_ydata()), [0, 2 / 11])


def test_writing_does_not_start_the_film(tmp_path: Path) -> None:
    film = rising_line()
    film.write(tmp_path / "film.mp4")
    (line,) = film.figure.axes[0].lines
    assert_array_equal(line.get_ydata(), [0, 1])


def test_in_a_notebook_a_film_shows_itself() -> None:
    film = rising_line(alt='A "line" rises.')
    html = film._repr_html_()
    assert html.startswith('<video controls muted playsinline preload="none"')
    assert "A &quot;line&quot; rises." in html
    assert ' src="data:video/mp4;base64,AAAA' in html
    assert html.count('="data:image/png;base64,iVBOR') == 2  # poster and key frames
    assert "autoplay" not in html
    assert json.loads(unescape(html.partition('data-film="')[2].partition('"')[0])) == film.record()
    assert plt.get_fignums() == []  # or the cell would show it once more


def test_a_notebook_without_the_encoder_has_matplotlibs_player(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    assert "<script" in rising_line(n_frames=2)._repr_html_()


# Films of training


def shown(film: Film) -> list[tuple[Axes, LineCollection]]:
    panels = [ax for ax in film.figure.axes if ax.get_ylabel() != "loss (nats)"]
    return [
        (ax, artist)
        for ax in panels
        for artist in ax.collections
        if isinstance(artist, LineCollection)
    ]


def curves(film: Film) -> list[Any]:
    (loss,) = [ax for ax in film.figure.axes if ax.get_ylabel() == "loss (nats)"]
    return [line.get_xydata() for line in loss.lines if line.get_marker() == "None"]


def test_a_film_has_a_frame_an_epoch() -> None:
    run = states(epochs=7)
    film = training_film(X, Y, {"GD": run}, cost="epoch", alt="It falls.")
    assert film.n_frames == 8
    film._update(3)
    (curve,) = curves(film)
    assert_allclose(curve[:4], [[s.epoch, s.loss] for s in run[:4]])
    ((ax, lines),) = shown(film)
    expected = boundary_segments(run[3].W, run[3].b, ax.get_xlim(), ax.get_ylim())
    assert_allclose(lines.get_segments()[0], expected[0])


def test_runs_share_the_clock_of_examples_seen() -> None:
    runs = {"GD": states(), "SGD": states(batch_size=1, record="step")}
    film = training_film(X, Y, runs, alt="They fall.")
    assert film.n_frames == 90
    clock = np.linspace(0, 150, 90)
    for frame in (0, 20, 55, 89):
        film._update(frame)
        for run, curve, (ax, lines) in zip(runs.values(), curves(film), shown(film), strict=True):
            last = [state for state in run if state.seen <= clock[frame]][-1]
            assert_allclose(curve[-1], [clock[frame], last.loss])
            assert_allclose(curve[-2], [last.seen, last.loss])
            expected = boundary_segments(last.W, last.b, ax.get_xlim(), ax.get_ylim())
            assert_allclose(lines.get_segments()[0], expected[0])


def test_the_table_has_the_losses_at_the_key_frames() -> None:
    runs = {"GD": states(epochs=10), "SGD": states(epochs=10, batch_size=1, record="step")}
    table = training_film(X, Y, runs, alt="They fall.").table
    assert list(table) == ["examples seen", "loss of GD (nats)", "loss of SGD (nats)"]
    seen, *losses = table.values()
    assert (len(seen), seen[0], seen[-1]) == (6, "0", "300")
    for run, column in zip(runs.values(), losses, strict=True):
        for clock, loss in zip(map(int, seen), map(float, column), strict=True):
            last = [state for state in run if state.seen <= clock][-1]
            assert_allclose(loss, last.loss, rtol=1e-3)
    short = training_film(X, Y, {"GD": states(epochs=2)}, cost="epoch", alt="It falls.")
    assert short.table["epoch"] == ["0", "1", "2"]


def test_runs_of_different_length_wait_at_their_ends() -> None:
    late = [state._replace(seen=state.seen + 60) for state in states(epochs=2)]
    film = training_film(X, Y, {"long": states(), "late": late, "short": late[:1]}, alt="They.")
    film._update(0)
    assert_allclose(curves(film)[1][-1], [0, late[0].loss])  # its first state, before its time
    film._update(film.n_frames - 1)
    assert [curve[-1, 0] for curve in curves(film)] == [150, 120, 60]


def test_a_film_of_states_without_a_finite_loss_has_an_axis() -> None:
    run = [state._replace(loss=np.inf) for state in states()]
    film = training_film(X, Y, {"diverged": run}, alt="Nothing.")
    assert film.figure.axes[1].get_ylim() == (0, 1.08)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"cost": "time"}, 'cost must be "seen" or "epoch", got \'time\''),
        ({"runs": {}}, "runs must name at least one run"),
        ({"runs": {"GD": []}}, "runs must have at least one state each, 'GD' has none"),
        ({"X": np.zeros((30, 3))}, "X must have 2 columns"),
    ],
)
def test_training_film_refuses_bad_input(changes: dict[str, Any], says: str) -> None:
    arguments: dict[str, Any] = {"X": X, "y": Y, "runs": {"GD": states()}, "alt": "It."}
    with pytest.raises(ValueError, match=says):
        training_film(**arguments | changes)


# Live


def live_curve(live: LivePlot) -> Any:
    return live.figure.axes[1].lines[0].get_xydata()


def test_without_a_screen_the_figure_is_kept_up_to_date() -> None:
    live = LivePlot(X, Y, class_names=["a", "b"], feature_names=["u", "v"])
    run = states()
    for state in run:
        live(state)
    assert_allclose(live_curve(live), [[s.seen, s.loss] for s in run])
    ax = live.figure.axes[0]
    (lines,) = [artist for artist in ax.collections if isinstance(artist, LineCollection)]
    expected = boundary_segments(run[-1].W, run[-1].b, ax.get_xlim(), ax.get_ylim())
    assert_allclose(lines.get_segments()[0], expected[0])
    assert live.figure.axes[1].get_xlim() == (0, run[-1].seen)


def test_every_third_state_is_drawn_and_draw_brings_it_up_to_date() -> None:
    live = LivePlot(X, Y, every=3)
    live.draw()  # nothing to draw yet
    run = states()
    drawn = []
    for state in run:
        live(state)
        drawn.append(len(live_curve(live)))
    assert drawn == [1, 1, 1, 4, 4, 4]
    live.draw()
    assert len(live_curve(live)) == 6


def test_a_new_run_starts_a_new_curve() -> None:
    live = LivePlot(X, Y, every=2)
    for state in [*states(), *states()[:3]]:
        live(state)
    assert len(live_curve(live)) == 3


def test_a_loss_that_is_not_finite_or_zero_does_not_stop_it() -> None:
    live = LivePlot(X, Y)
    for i, loss in enumerate([np.inf, 0.0, np.nan]):
        live(State(epoch=i, seen=i, W=W, b=B, loss=loss))
    assert live.figure.axes[1].get_ylim() == (0, 1.08)


def test_live_plot_refuses_bad_input() -> None:
    with pytest.raises(ValueError, match="X must have 2 columns"):
        LivePlot(np.zeros((30, 3)), Y)
    with pytest.raises(ValueError, match="every must be at least 1"):
        LivePlot(X, Y, every=0)


def test_in_a_notebook_one_output_is_drawn_again_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, Figure]] = []

    class Handle:
        def update(self, figure: Figure, *, include: set[str]) -> None:
            assert "image/png" in include
            told.append(("update", figure))

    def display(
        figure: Figure, *, display_id: bool, metadata: dict[str, str], include: set[str]
    ) -> Handle:
        assert display_id
        assert "image/png" in include
        assert metadata == {"needs_background": "light"}
        told.append(("display", figure))
        return Handle()

    monkeypatch.setattr(IPython.display, "display", display)
    monkeypatch.setattr(mpl, "get_backend", lambda: "module://matplotlib_inline.backend_inline")
    live = LivePlot(X, Y)
    assert plt.get_fignums() == []  # or the cell would show it once more
    for state in states()[:3]:
        live(state)
    assert told == [("display", live.figure), ("update", live.figure), ("update", live.figure)]


class Window(FigureCanvasAgg):
    """A canvas that says what it was asked for, as one with a screen would do it."""

    required_interactive_framework = "none such"

    def __init__(self, figure: Figure) -> None:
        super().__init__(figure)
        self.asked: list[str] = []

    def draw_idle(self, *args: object, **kwargs: object) -> None:
        """Note the call."""
        self.asked.append("draw")

    def flush_events(self) -> None:
        """Note the call."""
        self.asked.append("flush")


def test_in_a_window_it_draws_until_the_reader_closes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    def figure(*args: Any, **kwargs: Any) -> Figure:
        made = mpl.figure.Figure(**kwargs)
        Window(made)

        class Manager:
            def show(self) -> None:
                opened.append(mpl.rcParams["figure.raise_window"])

        made.canvas.manager = Manager()  # type: ignore[assignment]
        return made

    monkeypatch.setattr(plt, "figure", figure)
    live = LivePlot(X, Y)
    canvas: Any = live.figure.canvas
    assert opened == [False]  # it does not take the focus
    assert mpl.rcParams["figure.raise_window"]
    run = states()
    live(run[0])
    live(run[1])
    assert [word for word in canvas.asked if word == "flush"] == ["flush"] * 2
    before = list(canvas.asked)
    canvas.callbacks.process("close_event", None)
    for state in run[2:]:
        live(state)
    assert canvas.asked == before
    assert len(live_curve(live)) == len(run)


def test_importing_does_not_load_the_encoder_or_ipython() -> None:
    code = "import sys, logreg_book.animation; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"imageio_ffmpeg", "IPython", "torch"} & set(loaded)
