"""Each script runs as a reader runs it: alone, in an empty folder, without a screen."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parents[2] / "gallery").glob("plot_*.py"))


def test_there_are_scripts() -> None:
    assert SCRIPTS


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_runs_without_a_word_of_warning(script: Path, tmp_path: Path) -> None:
    kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    kept.pop("MPLBACKEND", None)
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        cwd=tmp_path,
        env=kept,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_says_its_purpose_first_and_shows_its_figures_last(script: Path) -> None:
    lines = script.read_text(encoding="utf-8").rstrip().splitlines()
    assert lines[0] == '"""'
    assert set(lines[2]) == {"="}
    assert lines[-1] == "plt.show()"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_cell_that_makes_a_film_shows_it_in_a_notebook(script: Path) -> None:
    cells = re.split(r"^# %%", script.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for cell in cells:
        if "film(" in cell:
            assert cell.rstrip().splitlines()[-1] == "film"
