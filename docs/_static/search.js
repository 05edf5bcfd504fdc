// In place of Sphinx's own file of this switch: words that were searched for are not kept in the
// browser, and not marked on the page that was found.
const SPHINX_HIGHLIGHT_ENABLED = false;

// From a folder no page may read another: found pages are listed without what they say.
DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = location.protocol !== "file:";
