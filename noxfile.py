"""All that is run on this project: ``nox -l`` lists it, ``nox`` runs what a change must pass.

One environment, with the versions of ``constraints.txt``, serves all sessions: PyTorch alone
takes most of its gigabyte.  The session "book" makes it, and runs by itself where needed.
"""

import os
import re
import runpy
import shutil
import subprocess
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "virtualenv"  # with pip: uv would take CUDA builds of torch
nox.options.reuse_venv = "yes"

PROJECT = nox.project.load_toml()
SPHINX = ("-c", ".", "-n", "-j", "auto")
SITE = ("-d", "build/doctrees", "docs", "build/sphinx/html")  # of which build/html is made
INPUTS = runpy.run_path("docs/_ext/book/execution/inputs.py")
INDEX = "PIP_EXTRA_INDEX_URL"  # where pip finds other builds of PyTorch
LIGHTHOUSE = "lighthouse@12.8.2"  # the version that npm installs, and the only place that says so
BROWSERS = ("chromium-headless-shell", "chromium")
CORES = ("-n", "auto")  # tests on all cores
TORCH = re.findall(r"^torch==.*", Path("constraints.txt").read_text(), re.MULTILINE)


def runs(python: str) -> bool:
    """Whether there is such a Python: a name on the path may stand for one that is not there."""
    program = shutil.which(python)
    if program is None:
        return False
    return subprocess.run([program, "-V"], capture_output=True).returncode == 0  # noqa: S603


NEWEST = next(filter(runs, (f"python3.{minor}" for minor in range(20, 10, -1))), "python3.11")
TOOLS: list[str] = []  # where the environment's programs are, once "book" has run


def run(session: nox.Session, tool: str, *args: str, **env: str) -> None:
    """Run a program of the shared environment."""
    session.run(str(Path(TOOLS[-1], tool)), *args, env=env, external=True)


def packages() -> Path:
    """Where the environment's packages are."""
    folders = ("lib/python*/site-packages", "Lib/site-packages")  # the latter on Windows
    return next(path for folder in folders for path in Path(TOOLS[-1]).parent.glob(folder))


@nox.session(default=False)
def book(session: nox.Session) -> None:
    """Make the environment: this package as it stands, and all groups of dependencies."""
    TOOLS.append(session.bin)
    needs = nox.project.dependency_groups(PROJECT, *PROJECT["dependency-groups"])
    files = ("constraints.txt", "pyproject.toml", "src/logreg_book/__init__.py")
    known = Path(session.bin).with_name("installed.txt")

    def state() -> str:
        return str(INPUTS["digest"](Path(), files, os.environ.get(INDEX), packages=packages()))

    if not (known.exists() and known.read_text() == state()):
        session.install("-c", "constraints.txt", "-e", ".[all]", *needs)
        known.write_text(state())


@nox.session(venv_backend="none", requires=["book"])
def lint(session: nox.Session) -> None:
    """Look for mistakes and formatting with ruff."""
    run(session, "ruff", "format", "--check")
    run(session, "ruff", "check", *session.posargs)


@nox.session(venv_backend="none", requires=["book"])
def typing(session: nox.Session) -> None:
    """Check types with mypy."""
    run(session, "mypy", *session.posargs)


@nox.session(venv_backend="none", requires=["book"])
def tests(session: nox.Session) -> None:
    """Test the library and its pictures, all lines and branches."""
    run(session, "pytest", "tests/library", "tests/viz", "--cov", *CORES, *session.posargs)


@nox.session(venv_backend="none", requires=["book"], default=False)
def build_tests(session: nox.Session) -> None:
    """Test the build: small sites are built, changed, broken and killed."""
    by_file = ("--dist", "loadfile", "--no-loadscope-reorder")  # in the order of its conftest.py
    run(session, "pytest", "tests/build", *CORES, *by_file, *session.posargs)


@nox.session(venv_backend="none", requires=["book"])
def doctests(session: nox.Session) -> None:
    """Run the examples of docstrings and of the README."""
    places = ("src", "docs/_ext", "docs/_widgets")
    run(session, "pytest", "--doctest-modules", *places, *session.posargs)
    run(session, "pytest", "--doctest-glob=*.md", "README.md", *session.posargs)


@nox.session(default=False)
def wheel(session: nox.Session) -> None:
    """Install the wheel alone, with NumPy and no extra, and run the examples of the derivations."""
    folder = session.create_tmp()
    session.run("pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ".")
    (made,) = Path(folder).glob("logreg_book-*.whl")
    session.install("-c", "constraints.txt", "--force-reinstall", str(made), "pytest")
    for package in ("torch", "matplotlib", "sklearn"):
        absent = f"import importlib.util as u; assert u.find_spec({package!r}) is None"
        session.run("python", "-c", absent, silent=True)
    modules = [path.stem for path in sorted(Path("src/logreg_book").glob("[a-z]*.py"))]
    modules.remove("datasets")  # some of its examples load scikit-learn's data
    session.chdir(folder)  # so that the package is not found in src
    names = [f"logreg_book.{module}" for module in modules]
    session.run("python", "-m", "pytest", "--doctest-modules", "--pyargs", *names, "-W", "error")
    session.run("python", "-c", "import logreg_book.datasets as d; d.make_blobs")


def with_other_versions(session: nox.Session, *needs: str) -> None:
    """Test the library and its pictures, run the examples and build the site in another place."""
    session.install("-e", ".", "--no-deps")
    session.install(*needs, *session.posargs)
    session.run("pip", "list", "--format=freeze")
    session.run("pytest", "tests/library", "tests/viz", *CORES)
    session.run("pytest", "--doctest-modules", "src")
    folder = session.create_tmp()
    own = ("-d", f"{folder}/doctrees", "docs", f"{folder}/html")
    session.run("sphinx-build", "-q", *SPHINX, "-W", "--keep-going", *own)


def needs() -> list[str]:
    """All that the library, the site and the tests need; PyTorch has its own place."""
    extras = PROJECT["project"]["optional-dependencies"].values()
    own = [*PROJECT["project"]["dependencies"], *(need for extra in extras for need in extra)]
    groups = nox.project.dependency_groups(PROJECT, "docs", "test")
    ours = ("torch", "logreg-book")
    return [need for need in {*own, *groups} if not need.startswith(ours)]


@nox.session(default=False)
def oldest(session: nox.Session) -> None:
    """Test with the lower bounds of ``pyproject.toml``; of PyTorch one release is enough."""
    with_other_versions(session, *(need.replace(">=", "==") for need in needs()), *TORCH)


@nox.session(python=NEWEST, default=False)
def latest(session: nox.Session) -> None:
    """Test with the newest releases, on the newest Python there is."""
    with_other_versions(session, "--upgrade", "--upgrade-strategy=eager", *needs(), *TORCH)


@nox.session(venv_backend="none", requires=["book"], default=False)
def mutants(session: nox.Session) -> None:
    """Change the library in small ways: the tests must notice at least 95 of 100 changes."""
    run(session, "python", "tests/mutants.py", *session.posargs)


def build(session: nox.Session, *options: str) -> None:
    """Build the site, unless it is there; a session that reads it has other arguments."""
    root, site, known = Path(), Path("build/html"), Path("build/inputs.txt")

    def state(site: Path) -> str:
        return str(INPUTS["whole_state"](root, site, packages(), options))

    if known.exists() and known.read_text() == state(site):
        session.log("nothing has changed since the site was built")
        return
    before, faults = state(Path("nowhere")), Path("build/faults.txt")
    try:
        run(
            session,
            "sphinx-build",
            *SPHINX,
            "-W",
            "--keep-going",
            "-w",
            str(faults),
            *options,
            *SITE,
        )
    except nox.command.CommandFailed:
        session.error(f"build/html is still the last site without a fault.\n{faults.read_text()}")
    if state(Path("nowhere")) == before:  # no file was edited meanwhile
        known.write_text(state(site))


@nox.session(venv_backend="none", requires=["book"], default=False)
def docs(session: nox.Session) -> None:
    """Build the site: every cell and every script runs, every warning is an error."""
    build(session, *session.posargs)
    session.log(f"The site: {Path('build/html/index.html').absolute()}")


def chromium(session: nox.Session) -> None:
    """See to it that there is a browser: the system's, or else Playwright's."""
    if not (os.environ.get("CHROMIUM") or any(map(shutil.which, BROWSERS))):
        run(session, "playwright", "install", "chromium")


@nox.session(venv_backend="none", requires=["book"], default=False)
def site(session: nox.Session) -> None:
    """Read every page of the built site in a browser; ``-- --under /`` serves it at the root."""
    build(session)
    chromium(session)
    run(session, "pytest", "tests/site", *CORES, *session.posargs)


@nox.session(venv_backend="none", requires=["book"], default=False)
def lighthouse(session: nox.Session) -> None:
    """Measure each kind of page with Lighthouse (needs npm), as on a phone and on a laptop."""
    build(session)
    chromium(session)
    quietly = ("--prefix", "build/lighthouse", "--no-audit", "--no-fund")
    session.run("npm", "install", *quietly, LIGHTHOUSE, external=True)
    run(session, "pytest", "tests/site/lighthouse.py", *session.posargs)


@nox.session(venv_backend="none", requires=["book"], default=False)
def epub(session: nox.Session) -> None:
    """Build the book as an EPUB; whatever epubcheck finds is an error."""
    check = shutil.which("epubcheck")
    if not check:
        session.error("no epubcheck: install it, on Debian by apt-get install epubcheck")
    book, date = Path("build/epub"), commit_date(session)
    folders = ("-d", "build/epub-doctrees", "docs", str(book))
    run(session, "sphinx-build", "-b", "epub", *SPHINX, "-W", *folders, SOURCE_DATE_EPOCH=date)
    # Debian's program is a Java archive that a container cannot start by itself.
    start = ("java", "-jar", check) if Path(check).resolve().suffix == ".jar" else (check,)
    session.run(*start, "--failonwarnings", str(book / "logreg_book.epub"), external=True)


def commit_date(session: nox.Session) -> str:
    """Seconds from 1970 to the last commit, so that a commit has one EPUB; 2020 without git."""
    if not Path(".git").exists():
        return "1580601600"
    return str(session.run("git", "log", "-1", "--format=%ct", external=True, silent=True)).strip()


@nox.session(venv_backend="none", requires=["book"], default=False)
def live(session: nox.Session) -> None:
    """Build again whenever a source changes, and show it at 127.0.0.1:8000."""
    watch = ("--watch", "src", "--watch", "gallery", "--watch", "conf.py")
    made = ("docs/gallery", "docs/reference/generated")  # by the build itself
    ignore = (*(f"--ignore={folder}" for folder in made), "--re-ignore=__pycache__")
    server = ("--host", "127.0.0.1", *watch, *ignore, *session.posargs)
    own = ("-D", "book_live=1", "-d", "build/live/doctrees", "docs", "build/live/html")
    run(session, "sphinx-autobuild", *SPHINX, *server, *own)


@nox.session(venv_backend="none", requires=["book"], default=False)
def bench(session: nox.Session) -> None:
    """Measure steps and epochs against PyTorch and scikit-learn, as ratios."""
    # OpenBLAS shall choose what is best for this processor, whatever the machine's settings say.
    session.env.update(dict.fromkeys(("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")))
    run(session, "python", "-m", "benchmarks.bench", *session.posargs)


@nox.session(venv_backend="none", requires=["book"], default=False)
def bench_site(session: nox.Session) -> None:
    """Measure the build of the site against the stock settings of the same tools, as ratios."""
    run(session, "python", "benchmarks/site.py", *session.posargs)
