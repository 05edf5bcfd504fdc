"""Sphinx configuration: plain values, and a reason beside each exception.

Sphinx is told of this folder with ``-c``; the pages are in ``docs/``.  Paths of Sphinx's own
options are relative to this file, those of sphinx-gallery to ``docs/``.
"""

import os
import sys
from pathlib import Path

from logreg_book import __version__ as version  # noqa: F401 - Sphinx reads it

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
    "sphinx.ext.intersphinx",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_codeautolink",
    "sphinx_copybutton",
    "book",  # ours, in docs/_ext
]
exclude_patterns = [
    "_templates",
    "gallery/*.ipynb",  # MyST-NB would run what sphinx-gallery has run already
]
nitpicky = True
numfig = True
numfig_secnum_depth = 1
math_numfig = True  # equations are numbered by chapter

# Pages: MyST, executed
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
myst_update_mathjax = False  # maths is MathML, made while building
nb_execution_mode = "cache"
nb_execution_in_temp = True  # a cell that writes a file must not write it among the pages
nb_execution_raise_on_error = False  # it would name the page only; see the traceback, then fail
nb_execution_show_tb = True
nb_execution_timeout = 180
nb_merge_streams = True
nb_output_stderr = "error"

# Gallery: scripts, executed
sphinx_gallery_conf = {
    "capture_repr": (),  # a film at the end of a cell is for notebooks
    "backreferences_dir": None,  # links from the API reference are sphinx-codeautolink's work
    "download_all_examples": False,  # the page of downloads has one file with all
    "examples_dirs": "../gallery",
    "filename_pattern": r"plot_",
    "gallery_dirs": "gallery",
    "image_scrapers": ("book.reader.films.scrape", "book.reader.figures.scrape"),
    "inspect_global_variables": False,
    "min_reported_time": 1e9,  # two builds are the same site, byte for byte
    "parallel": os.cpu_count(),
    "reset_modules": ("matplotlib", "book.execution.scripts.warnings_are_errors"),
    "reset_modules_order": "both",
    "show_memory": False,
    "thumbnail_size": (220, 154),
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
codeautolink_concat_default = True  # a cell may use what an earlier one has imported
codeautolink_inventory_map = {
    "torch.float32": "torch.dtype",  # where it is listed
    "torch.float64": "torch.dtype",
}
default_role = "autolink"  # in docstrings `softmax` is a link and `W` is not
numpydoc_show_class_members = False
templates_path = ["docs/_templates"]
viewcode_follow_imported_members = False  # the source of a name is in the module that documents it

# Other projects: ours are the lists of names, so that no network is needed
intersphinx_mapping = {
    "matplotlib": ("https://matplotlib.org/stable/", "inventories/matplotlib.txt"),
    "numpy": ("https://numpy.org/doc/stable/", "inventories/numpy.txt"),
    "python": ("https://docs.python.org/3/", "inventories/python.txt"),
    "sklearn": ("https://scikit-learn.org/stable/", "inventories/sklearn.txt"),
    "torch": ("https://docs.pytorch.org/docs/stable/", "inventories/torch.txt"),
}

# HTML
html_theme = "furo"
html_theme_options = {
    # One accent, the blue of the figures; in the dark its lighter relative, as the figures are.
    f"{ground}_css_variables": {
        "color-brand-primary": accent,
        "color-brand-content": accent,
        "color-brand-visited": accent,
        "color-sidebar-brand-text": accent,
        "color-sidebar-link-text--top-level": "var(--color-foreground-primary)",
    }
    for ground, accent in {"light": "#0072b8", "dark": "#4cacdf"}.items()
}
html_title = "Logistic regression, by hand and by autograd"
html_baseurl = os.environ.get("SITE_URL", "")  # known to the host; cards need it
html_favicon = "docs/_static/favicon.svg"
html_extra_path = ["docs/404.html", "docs/card.png"]  # a host shows the former where no page is
html_static_path = ["docs/_static"]
html_css_files = ["book.css", "film.css", "widget.css"]
html_js_files = [  # each only where it has work: stylesheet.py
    *("book.js", "drill.js", "film.js", "search.js"),
    *("engine.js", "widget.js", "step_the_line.js", "contours.js", "logits_to_pulls.js"),
    *("gradient_cloud.js", "walk_the_graph.js"),
]
html_copy_source = False
html_domain_indices = False  # the API reference is an index of modules
html_search_scorer = "docs/_static/search_order.js"
html_show_sourcelink = False
html_show_copyright = False
html_show_sphinx = False
html_math_renderer = "mathml"
book_card = (  # what networks show of a link: file, words for it, size
    "card.png",
    "Logistic regression, by hand and by autograd. Four copies of the same contours, rings around "
    "a minimum, on which a dot descends with four learning rates: one creeps, one arrives, one "
    "leaps across the valley and settles, and one ends up swinging from side to side.",
    (1200, 630),
)
pygments_dark_style = "a11y-dark"  # furo's own has a contrast below 4.5 for comments
copybutton_exclude = ".linenos, .gp, .go"
copybutton_selector = "div:not(.output):not(.sphx-glr-script-out) > div.highlight > pre"

# EPUB
epub_basename = "logreg_book"
epub_title = html_title
epub_description = (
    "A book on logistic regression, SGD and automatic differentiation that executes itself"
)
epub_contributor = author  # Sphinx wants one
epub_copyright = "BSD 3-Clause License"
epub_exclude_files = ["404.html"]  # a book has no lost addresses
epub_identifier = (
    "urn:uuid:0b6f3c1e-5d0a-4c57-9a52-7e1f5f8d2c46"  # stays, or readers keep two copies
)
epub_uid = "book"
epub_cover = ("_static/cover.png", "epub-cover.html")
epub_css_files = ["reader.css"]
epub_show_urls = "no"  # a reading system follows links
epub_tocdepth = 2
epub_tocdup = False
