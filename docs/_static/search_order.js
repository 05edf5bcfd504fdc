// Chapters come before the API reference and its sources, unless code was typed, as in
// "retain_graph" or "optim.sgd", and a word's section before its line in the glossary.
// An entry of the index is shown with the section it leads to.
var Scorer = {
  score: result => {
    const [page, title, anchor, , score, , kind] = result;
    const looksUp = /^(reference|_modules|genindex)/.test(page);
    const code = /\w[_.]\w/.test(new URLSearchParams(location.search).get("q"));
    if (kind === "index" && !looksUp) result[1] = Scorer.named(page, title, anchor);
    if (page === "glossary") return score - 20;
    return looksUp && !code ? score - 40 : score;
  },
  named: (page, title, anchor) => {
    const {docnames, alltitles} = Search._index;
    const leads = ([file, id]) => docnames[file] === page && `#${id}` === anchor;
    const section = Object.keys(alltitles).find(name => alltitles[name].some(leads));
    return section ? `${title} > ${section}` : title;
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: {0: 15, 1: 5, 2: -5},
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
