// Chapters come before the API reference and its sources, unless code was typed, as in
// "retain_graph" or "optim.sgd".
var Scorer = {
  score: ([page, , , , score]) => {
    const looksUp = /^(reference|_modules|genindex)/.test(page);
    const code = /\w[_.]\w/.test(new URLSearchParams(location.search).get("q"));
    return looksUp && !code ? score - 40 : score;
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
