"""Sphinx configuration: plain values, and a reason beside each exception.

Sphinx is told of this folder with ``-c``; the pages are in ``docs/``.  Paths of Sphinx's own
options are relative to this file, those of sphinx-gallery to ``docs/``.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "docs" / "_ext"))

project = "logreg_book"
author = "The logreg_book authors"
language = "en"
extensions = [
    "myst_nb",
    "sphinx_gallery.gen_gallery",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "fresh",  # ours as well, but sphinx-codeautolink has to start after it
    "sphinx_codeautolink",
    "sphinx_copybutton",
    # ours, in docs/_ext
    "accessible",
    "describe",
    "lean",
    "mathml",
    "equations",
    "solution",
    "films",
    "pictures",
    "downloads",
    "api",
    "colophon",
    "reproducible",
]
exclude_patterns = [
    "_templates",
    "gallery/*.ipynb",  # MyST-NB would run what sphinx-gallery has run already
]
nitpicky = True
nitpick_ignore_regex = [
    # Names of other projects, not links: no inventory is fetched while building.  A name that
    # does not exist gets no further than here anyway: "autolink" imports before it links.
    ("py:obj", r"(matplotlib|numpy|torch)\..+"),
]
numfig = True
numfig_secnum_depth = 1
math_numfig = True  # equations are numbered by chapter

# Pages: MyST, executed
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
myst_update_mathjax = False  # maths is MathML, made while building
nb_execution_mode = "cache"
nb_execution_in_temp = True  # a cell that writes a file shall not write it among the pages
nb_execution_raise_on_error = False  # it would name the page only; see the traceback, then fail
nb_execution_show_tb = True
nb_execution_timeout = 180
nb_merge_streams = True
nb_output_stderr = "error"

# Gallery: scripts, executed
sphinx_gallery_conf = {
    "backreferences_dir": None,  # links from the API reference are sphinx-codeautolink's work
    "download_all_examples": False,  # the page of downloads has one file with all
    "examples_dirs": "../gallery",
    "filename_pattern": r"plot_",
    "gallery_dirs": "gallery",
    "image_scrapers": ("films", "matplotlib"),
    "inspect_global_variables": False,
    "min_reported_time": 1e9,  # two builds are the same site, byte for byte
    "parallel": 2,
    "reset_modules": ("matplotlib", "strict.warnings_are_errors"),
    "reset_modules_order": "both",
    "show_memory": False,
    "show_signature": False,
    "within_subsection_order": "FileNameSortKey",
    "write_computation_times": False,  # as for min_reported_time
}

# API reference
add_module_names = False
autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings give dtype and shape, which types cannot
autosummary_ignore_module_all = False
codeautolink_autodoc_inject = True  # a function lists the pages that use it
default_role = "autolink"  # in docstrings `softmax` is a link and `W` is not
numpydoc_show_class_members = False
templates_path = ["docs/_templates"]

# HTML
html_theme = "furo"
html_title = "logreg_book"
html_favicon = "docs/_static/favicon.svg"
html_static_path = ["docs/_static"]
html_css_files = ["book.css"]
html_js_files = [("book.js", {"defer": "defer"})]
html_copy_source = False
html_domain_indices = False  # the API reference is an index of modules
html_show_sourcelink = False
html_show_copyright = False
html_show_sphinx = False
html_math_renderer = "mathml"
pygments_dark_style = "a11y-dark"  # furo's own has a contrast below 4.5 for comments
copybutton_exclude = ".linenos, .gp, .go"
copybutton_selector = "div:not(.output):not(.sphx-glr-script-out) > div.highlight > pre"
