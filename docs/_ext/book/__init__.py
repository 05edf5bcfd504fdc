"""All that this project adds to Sphinx: one `setup`, which lists every step in order.

====================  =============================================================
``execution``         what is run again, and how
``reader``            what a reader sees on a page
``checks``            what stops a build
``downloads``         each page as a notebook and as a script
``publishing``        from Sphinx's pages to the site
``epub``              the book as an EPUB
``workarounds``       what other projects do wrong or leave out
====================  =============================================================
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from myst_nb.sphinx_ import HideCodeCellNode  # type: ignore[import-untyped]

from book import epub, workarounds
from book.checks import equations, names, reference
from book.downloads import files
from book.execution import cache, pages, scripts
from book.publishing import head, site, stylesheet
from book.reader import (
    effort,
    exercises,
    figures,
    films,
    mathml,
    museum,
    synonyms,
    versions,
    widgets,
)

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

SITES = ("html", "dirhtml", "singlehtml")
LINKED = ("html", "dirhtml")  # the builders that sphinx-codeautolink works for


def on_configuration(app: Sphinx, config: Config) -> None:
    """Wait for other builds, and drop what this one must not use."""
    build = Path(app.confdir, "build")
    cache.wait_for_other_builds(build)
    (build / "inputs.txt").unlink(missing_ok=True)  # what noxfile.py knows of the site
    site.clear(build / "html")
    cache.set_environment(app)
    cache.drop_stale_outputs(app, config)
    if not config.book_live:
        cache.drop_pages(app)


def on_builder(app: Sphinx) -> None:
    """Go on where sphinx-gallery has run the scripts and autosummary has written its pages."""
    figures.shrink_thumbnails(app)
    scripts.keep_scripts(app)
    scripts.drop_names(app)
    workarounds.end_workers(app)
    workarounds.copy_style_sheet(app)


def on_reading(app: Sphinx, env: BuildEnvironment, names: list[str]) -> None:
    """Execute what has changed, and share out the pages."""
    pages.execute(app, env, names)
    workarounds.share_out(app, env, names)


def on_source(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Add the cell that evaluates a page's drills."""
    source[0] = exercises.with_values(source[0])


def on_page_read(app: Sphinx, page: nodes.document) -> None:
    """Settle which pictures and files a page has."""
    figures.choose(app, page)
    figures.check_alt(app, page)
    films.check_cells(page)
    files.remove_links(app, page)


def on_all_read(app: Sphinx, env: BuildEnvironment) -> None:
    """Resolve the names in code."""
    if app.builder.name in LINKED:
        workarounds.skip_type_checking()
        names.link_names(app, env)


def on_check(app: Sphinx, env: BuildEnvironment) -> None:
    """Check what only all pages together can show."""
    equations.check(app, env)
    effort.check(env)
    synonyms.check(env)
    reference.check(env)
    if app.builder.name in SITES and not app.config.book_live:
        files.write(app)


def on_page_resolved(app: Sphinx, page: nodes.document, name: str) -> None:
    """Add what a page says of itself and of others."""
    equations.annotate(app, page, name)
    effort.check_neighbours(app, page, name)
    effort.say(app, page, name)
    files.list_files(app, page, name)
    if app.builder.name in LINKED:
        reference.list_used(app, page, name)
        workarounds.plain_summaries(page)


def on_page_written(
    app: Sphinx, name: str, _template: str, context: dict[str, Any], page: nodes.document | None
) -> None:
    """Complete the HTML of a page."""
    reference.title_source(name, context)
    figures.give_size(app, context)
    workarounds.complete(app, context)
    if app.builder.name == "html":
        head.describe(app, name, context, page)
        mathml.preload(context)
    if app.builder.name == "epub":
        epub.simplify(context)
    else:
        stylesheet.drop_scripts(name, context)


def on_end(app: Sphinx, exception: Exception | None) -> None:
    """Make the site that readers get, if there was no fault."""
    if app._warncount:  # Sphinx has no public count of warnings
        app.statuscode = 1  # also without -W
    elif exception is None and app.builder.name == "html":
        mathml.write_font(Path(app.outdir), "*.html")
        if not app.config.book_live:
            site.publish(app)


def add_syntax(app: Sphinx) -> None:
    """What authors write, and what becomes of it."""
    app.add_directive("downloads", files.Downloads)
    app.add_directive("drill", exercises.Drill)
    app.add_directive("exercise", exercises.ExerciseDirective)
    app.add_directive("film", films.FilmDirective)
    app.add_directive("hint", exercises.Fold, override=True)  # Sphinx has another one
    app.add_directive("museum", museum.Museum)
    app.add_directive("solution", exercises.Fold)
    app.add_directive("versions", versions.Versions)
    app.add_directive("widget", widgets.WidgetDirective)
    app.add_transform(exercises.Gather)
    app.add_transform(synonyms.Synonyms)
    app.add_post_transform(exercises.Collect)
    app.add_post_transform(films.Stills)
    app.add_post_transform(widgets.Stills)
    opened = (films.open_element, films.close_element)
    app.add_node(films.film, html=opened)
    app.add_node(films.film_caption, html=opened)
    app.add_node(films.film_video, html=(films.visit_video, None))
    app.add_node(widgets.widget, html=(films.open_element, widgets.depart_widget))
    app.add_node(widgets.widget_stage, html=(widgets.visit_stage, None))
    folded, remark = exercises.visit_folded, exercises.visit_remark
    app.add_node(exercises.Folded, html=(folded, exercises.depart_folded))
    app.add_node(exercises.Remark, html=(remark, exercises.depart_remark))
    app.add_html_math_renderer("mathml", (mathml.visit_inline, None), (mathml.visit_display, None))
    app.add_builder(epub.Book, override=True)
    for node in (HideCodeCellNode, exercises.Folded):
        app.add_node(node, override=True, epub=(epub.open_box, epub.close_box))


def setup(app: Sphinx) -> ExtensionMetadata:
    """All steps, in the order in which they run.

    Each priority says whose handler ours precedes or follows; Sphinx's usual one is 500.
    """
    for before in ("myst_nb", "sphinx_gallery.gen_gallery", "sphinx.ext.autosummary"):
        app.setup_extension(before)  # their handlers of "builder-inited" run before ours
    app.add_config_value("book_card", None, "html")  # file, words and size of the picture for links
    app.add_config_value("book_live", False, "env", types=frozenset({bool, str}))
    app.add_config_value("book_outputs", "", "env", types=frozenset({str}))
    app.add_config_value("book_pages", "", "env", types=frozenset({str}))
    add_syntax(app)
    app.connect("config-inited", on_configuration, priority=1)  # before sphinx-gallery fills in
    app.connect("builder-inited", on_builder)
    app.connect("env-before-read-docs", on_reading)
    app.connect("source-read", on_source)
    app.connect("doctree-read", on_page_read, priority=400)  # before Sphinx collects the files
    app.connect("env-updated", on_all_read, priority=400)  # before sphinx-codeautolink resolves
    app.connect("env-check-consistency", on_check)
    app.connect("missing-reference", reference.find, priority=400)  # before intersphinx
    app.connect("warn-missing-reference", names.ask_for_reference)
    app.connect("doctree-resolved", on_page_resolved, priority=900)  # after sphinx-codeautolink
    app.connect("html-page-context", on_page_written, priority=900)  # after sphinx-codeautolink
    app.connect("build-finished", on_end, priority=900)  # after sphinx-gallery counts faults
    return {"version": "3", "parallel_read_safe": True, "parallel_write_safe": True}
