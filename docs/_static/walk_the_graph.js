// Walk the graph: plays what PyTorch did, step by step, forward, back, and back once more.
widget("walk-the-graph", (data, picture) => {
  const texts = data.places.map(([x, y, anchor, fill]) => {
    const text = add(picture, "text", { x, y, "text-anchor": anchor });
    text.style.fill = fill;
    return text;
  });
  const ring = add(picture, "rect", { fill: "none", stroke: data.ink, "stroke-width": 4, rx: 8 });
  let at, retain = "False", checks;
  const trace = () => data.traces[retain];

  return {
    pace: 900,
    sliders: [],
    reset() { at = 0; },
    step() { at = Math.min(at + 1, trace().length); },
    done: () => at === trace().length,

    controls(parent, show) {
      checks = radios(add(parent, "div", { class: "choices" }), [
        ["retain_graph =", ["False", "True"], () => retain, value => { retain = value; at = 0; }],
      ], show);
    },

    draw() {
      for (const check of checks) check();
      const words = Object.assign({}, ...trace().slice(0, at).map(([, put]) => put));
      texts.forEach((text, i) => { text.textContent = words[i] ?? ""; });
      const [x, y, width, height] = at ? data.boxes[trace()[at - 1][0]] : [0, 0, 0, 0];
      for (const [name, value] of Object.entries({ x, y, width, height })) ring.setAttribute(name, value);
    },

    text: () => `Step ${at} of ${trace().length}. ${at ? trace()[at - 1][2] : "Nothing has been computed yet."}`,
    code: () => ({ retain }),
  };
});
