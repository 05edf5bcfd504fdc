// In place of Sphinx's own file of this switch: words that were searched for are not kept in the
// browser; it is the browser itself that marks them on the page, as told below.
const SPHINX_HIGHLIGHT_ENABLED = false;

// From a folder no page may read another: found pages are listed without what they say.
DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = location.protocol !== "file:";

// A hit without a section leads to the first place of the page that has the words, and marks them.
addEventListener("click", event => {
  const link = event.target.closest("#search-results a");
  const words = new URLSearchParams(location.search).get("q")?.trim();
  if (!link || !words || link.hash) return;
  const text = phrase => `text=${encodeURIComponent(phrase).replaceAll("-", "%2D")}`;
  const phrases = new Set([words, ...words.split(/\s+/).filter(word => word.length > 2)]);
  link.hash = `:~:${[...phrases].map(text).join("&")}`;
}, true);

// Sphinx 9.0 fails where the place that was found has no text of its own to show.
addEventListener("DOMContentLoaded", () => {
  if (typeof Search === "undefined") return;
  const summary = Search.makeSearchSummary;
  Search.makeSearchSummary = (...found) => summary(...found) ?? new DocumentFragment();
});
