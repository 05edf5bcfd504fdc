"""What the site offers for download runs, in an environment made from what it offers."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from email import message_from_bytes
from io import BytesIO
from pathlib import Path
from urllib.request import urlopen
from zipfile import ZipFile

import nbformat
import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "html" / "downloads"
NAMES = sorted(path.name for path in FOLDER.glob("*"))
SCRIPTS = [name for name in NAMES if name.endswith(".py")]
NOTEBOOKS = [name for name in NAMES if name.endswith(".ipynb")]
# A notebook has the code of the script beside it, which is run: of each kind one is played as well.
PLAYED = ["cross_entropy.ipynb", "plot_14_separable.ipynb", "train.ipynb"]
# As Jupyter does, but what is printed as an error or warning comes out where a test can see it.
PLAY = """
import sys, nbclient, nbformat
notebook = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
for cell in notebook.cells:
    for output in cell.get("outputs", []):
        if output.get("name") == "stderr":
            sys.exit("stderr: " + output.text)
"""
# Packages that an extra brings; a file must run without those that its extras do not bring.
BROUGHT = {
    "data": {"sklearn"},
    "torch": {"torch"},
    "plot": {"matplotlib", "PIL"},
    "film": {"matplotlib", "PIL", "imageio_ffmpeg"},
}
BLOCKER = """
import os, sys
from importlib.machinery import PathFinder
class Installed(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        absent = name.partition(".")[0] in os.environ.get("NOT_INSTALLED", "").split()
        return None if absent else super().find_spec(name, path, target)
sys.meta_path[:] = [Installed if finder is PathFinder else finder for finder in sys.meta_path]
"""
SYNTAX = ("```{", ":::", "{eq}", "{func}", "{class}", ":math:", ":mod:", "(eq-", "](../", "<math")

Run = subprocess.CompletedProcess[str]


def download(address: str, name: str) -> bytes:
    """A file, from where the site is served."""
    with urlopen(f"{address}/downloads/{name}") as answer:  # noqa: S310 - our own server
        data: bytes = answer.read()
    return data


@pytest.fixture(scope="module")
def python(address: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Python of a new environment with the wheel that the site serves.

    What its extras bring is read from the running environment, behind the new one's own
    packages: a second PyTorch would take minutes and a network.  A hook does not find what the
    extras that a file names do not bring.
    """
    folder = tmp_path_factory.mktemp("reader") / "home"
    folder.mkdir()
    (name,) = [name for name in NAMES if name.endswith(".whl")]
    (folder / name).write_bytes(download(address, name))
    home = folder / "env"
    venv.create(home)
    program = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(program)]
    offline = ("install", "--quiet", "--no-index", "--no-deps", str(folder / name))
    subprocess.run([*pip, *offline], check=True, timeout=60)
    shared = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    own = Path(sysconfig.get_path("purelib", vars={"base": str(home)}))
    (own / "shared.pth").write_text("\n".join(shared))
    (own / "sitecustomize.py").write_text(BLOCKER)
    where = "import logreg_book; print(logreg_book.__file__)"
    run = start([str(program), "-c", where], folder)
    assert Path(run.stdout.strip()).is_relative_to(own), "another library than the one served"
    install = [str(program), "-m", "ipykernel", "install", "--sys-prefix"]  # as its wheel does
    assert start(install, folder).returncode == 0
    return str(program)


def start(command: list[str], folder: Path, not_installed: Iterable[str] = ()) -> Run:
    """Run a program in a folder, without a screen and without settings of ours or the user's."""
    profile = folder.parent / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    # Kernels talk to this machine only: the warning of each about its transport says nothing.
    (profile / "ipython_kernel_config.py").write_text("c.IPKernelApp.log_level = 'ERROR'\n")
    ours = ("DISPLAY", "MPLBACKEND", "PYTHONPATH", "PYTHONWARNINGS", "WAYLAND_DISPLAY")
    kept = {key: value for key, value in os.environ.items() if key not in ours}
    # Two run at a time: threads of one would wait for those of the other.
    set_here = {"IPYTHONDIR": str(profile.parent), "OMP_NUM_THREADS": "1"}
    set_here["NOT_INSTALLED"] = " ".join(not_installed)
    return subprocess.run(
        command,
        cwd=folder,
        env=kept | set_here | {"JUPYTER_PREFER_ENV_PATH": "1"},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


def brought(file: str) -> set[str]:
    """Packages of the extras that a file names."""
    text = (FOLDER / file).read_text("utf-8")
    named = re.search(r"\.whl\[([a-z,]+)\]", text)
    return (
        {package for extra in named[1].split(",") for package in BROUGHT[extra]} if named else set()
    )


@pytest.fixture(scope="module")
def runs(
    address: str, python: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[tuple[Run, list[str]]]]]:
    """Runs of files, two at a time, and what each left in its folder beside itself."""

    def run(name: str) -> tuple[Run, list[str]]:
        folder = tmp_path_factory.mktemp("home") / "empty"
        folder.mkdir()
        (folder / name).write_bytes(download(address, name))
        play = ["-c", PLAY] if name.endswith(".ipynb") else []
        absent = set.union(*BROUGHT.values()) - brought(name)
        done = start([python, *play, name], folder, absent)
        # A kernel that ends may find its wire to Jupyter closed: no fault of the notebook's.
        if "zmq.error.ZMQError: Socket operation on non-socket" in done.stderr:
            done = start([python, *play, name], folder, absent)
        return done, sorted(path.name for path in folder.iterdir() if path.name != name)

    with ThreadPoolExecutor(2) as pool:
        yield {name: pool.submit(run, name) for name in SCRIPTS + PLAYED}


@pytest.mark.parametrize("file", SCRIPTS + PLAYED)
def test_a_download_runs_without_a_word_of_warning(
    runs: dict[str, Future[tuple[Run, list[str]]]], file: str
) -> None:
    done, left = runs[file].result()
    assert (done.returncode, done.stderr, left) == (0, "", [])


@pytest.mark.parametrize("file", NOTEBOOKS)
def test_a_notebook_has_the_code_of_its_script(file: str) -> None:
    notebook = nbformat.reads((FOLDER / file).read_text("utf-8"), as_version=4)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    script = ast.parse((FOLDER / file).with_suffix(".py").read_text("utf-8"))
    code = script.body[1:] if ast.get_docstring(script) else script.body
    assert [*map(ast.dump, code)] == [*map(ast.dump, ast.parse("\n".join(cells)).body)]


def test_every_page_that_runs_has_its_files() -> None:
    chapters = [path for path in (ROOT / "docs").rglob("*.md") if "mystnb" in path.read_text()[:99]]
    pages = {path.stem for path in [*chapters, *(ROOT / "gallery").glob("plot_*.py")]}
    assert {Path(name).stem for name in SCRIPTS} == {Path(name).stem for name in NOTEBOOKS} == pages


@pytest.mark.parametrize("file", SCRIPTS)
def test_a_script_and_the_library_name_what_they_import(file: str) -> None:
    text = (FOLDER / file).read_text("utf-8")
    block = text.partition("# /// script\n")[2].partition("# ///\n")[0]
    said = tomllib.loads("".join(f"{line[2:]}\n" for line in block.splitlines()))
    (wheel,) = FOLDER.glob("*.whl")
    version = wheel.name.split("-")[1]
    (library,) = map(Requirement, said["dependencies"])
    assert (library.name, str(library.specifier)) == ("logreg-book", f"=={version}")
    assert said["tool"]["uv"]["sources"] == {"logreg-book": {"path": wheel.name}}
    with ZipFile(wheel) as opened:
        words = message_from_bytes(opened.read(f"logreg_book-{version}.dist-info/METADATA"))
    assert said["requires-python"] == words["Requires-Python"]
    assert library.extras <= {*words.get_all("Provides-Extra", [])}


@pytest.mark.parametrize("file", NOTEBOOKS)
def test_a_notebook_has_no_results_and_nothing_that_jupyter_cannot_show(file: str) -> None:
    notebook = nbformat.reads((FOLDER / file).read_text("utf-8"), as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.cells[0].source.startswith("# ")
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)
        else:
            assert [sign for sign in SYNTAX if sign in cell.source] == []


def test_the_bundle_holds_all_files(address: str) -> None:
    with ZipFile(BytesIO(download(address, "logreg_book.zip"))) as bundle:
        inside = {Path(name).name: bundle.read(name) for name in bundle.namelist()}
    assert inside == {
        name: (FOLDER / name).read_bytes() for name in NAMES if name != "logreg_book.zip"
    }


def test_no_file_names_a_folder_of_this_machine() -> None:
    for path in (ROOT / "build" / "html").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            for folder in (ROOT, Path.home(), Path(sys.prefix)):
                assert str(folder).encode() + b"/" not in data, path
