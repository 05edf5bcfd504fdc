"""Words that readers bring from elsewhere lead to the section that speaks of them.

``docs/synonyms.toml`` lists them by page and section.  Here each becomes an entry of the index,
as ``.. index::`` would make it: Sphinx lists it on the page of the index, in print and in the
EPUB too, and puts it before all other answers of the search.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)
FILE = "synonyms.toml"


def read(folder: Path) -> dict[str, dict[str, list[str]]]:
    """Words by page and section."""
    path = folder / FILE
    return tomllib.loads(path.read_text("utf-8") if path.exists() else "")


class Synonyms(SphinxTransform):
    """Add the words of a page to its index entries."""

    default_priority = 840  # sections have their ids; the domains collect entries at 850

    def apply(self, **_: Any) -> None:
        """Make an entry of each; "main" ones come first."""
        for section, words in read(self.env.srcdir).get(self.env.docname, {}).items():
            if section not in self.document.ids:
                logger.warning(
                    "%s: the page has no section %r", FILE, section, location=self.env.docname
                )
            entries = [("single", word, section, "main", None) for word in words]
            self.document += addnodes.index(entries=entries)


def check(env: BuildEnvironment) -> None:
    """Warn of pages that are not there, and of words with two places."""
    book, seen = read(env.srcdir), set[str]()
    for page in book.keys() - env.found_docs:
        logger.warning("%s: there is no page %r", FILE, page, type="synonyms")
    for word in (word for page in book.values() for words in page.values() for word in words):
        if word in seen or word != word.lower():
            logger.warning("%s: %r is not in small letters, or twice", FILE, word, type="synonyms")
        seen.add(word)
