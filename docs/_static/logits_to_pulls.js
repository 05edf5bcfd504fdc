// Logits to pulls: from three logits and a label to the gradient of the loss, and what naive
// float32 makes of it.

// Without inputs the logits are the biases, and the gradient with respect to both is the same.
function stable(h, label) {
  const { loss, db: dh } = lossAndGradients([[]], [label], [], h), logp = logSoftmax(h);
  const p = logp.map(Math.exp);
  return { loss, p, dh, dp: p.map((pk, k) => (k === label ? -1 / pk : 0)) };
}

// The formulas as they are written, each operation rounded to float32
function naive32(h, label) {
  const round = Math.fround, e = h.map(hk => round(Math.exp(round(hk)))), sum = e.reduce((a, b) => round(a + b));
  const p = e.map(ek => round(ek / sum));
  return { e, sum, p, loss: round(-Math.log(p[label])) };
}

// Three significant digits, or what Python would write
const digits = x => (isFinite(x) ? x.toPrecision(3) : `${x}`.replace("inity", "").toLowerCase());

widget("logits-to-pulls", (data, picture) => {
  const { plane: { box: [left, top, width] }, ink, colours, limit, words } = data, wide = width / 3;
  const band = add(picture, "rect", { y: top, width: wide, height: "100%", fill: ink, opacity: 0.07 });
  const [plane, shares, slopes, cost] = [data.plane, data.shares, data.slopes, data.cost].map(place => axes(picture, place));
  const text = (x, y) => add(picture, "text", { x, y, "text-anchor": "middle" });
  const path = (parent, stroke, thick) => add(parent, "path", { stroke, fill: "none", "stroke-width": thick });
  const set = (part, name, value) => part.setAttribute(name, value);

  // A bar with its value, and a dark mark at the value that naive float32 has, if it has one
  function bar({ frame, place }, u) {
    const [x, zero] = place([u, 0]), up = v => place([u, v < -1 ? -1 - Math.log10(-v) / 3 : v])[1];
    const body = path(frame, ink, 44), mark = path(frame, ink, 3);
    const number = text(x, 0), instead = text(x + 38, zero - 24);
    return (value, colour, naive, y = Math.max(up(value), top) - 6) => {
      set(body, "d", `M${x},${zero}V${up(value)}`);
      set(body, "stroke", colour);
      number.textContent = digits(value);
      set(number, "y", y);
      set(mark, "d", isFinite(naive) ? `M${x - 28},${up(naive)}h56` : "");
      instead.textContent = isFinite(naive) ? "" : digits(naive);
    };
  }

  const columns = colours.map((colour, k) => ({
    disc: handle(plane.frame, ink), arrow: path(picture, ink, 2.5), share: bar(shares, k / 10), slope: bar(slopes, k / 10), colour,
  })), paid = bar(cost, 0), zero = slopes.place([0, 0])[1];
  const end = text(left - 20, plane.place([0, 6])[1] + 5);
  const title = text(left + wide, data.slopes.box[1] - 9);

  let h, label, wrt, reach, chosen, steps, now, naive, checks;
  const bound = (value, most = limit) => Number(Math.max(-most, Math.min(value, most)).toFixed(2));
  const movable = () => h.map((hk, k) => [k / 10, 6 * hk / reach]);

  return {
    plane,
    sliders: colours.map((_, k) => ({
      name: `h${"₀₁₂"[k]}`, min: -1, max: 1, step: 1 / 120,
      get: () => h[k] / reach, set: value => { h[k] = bound(value * reach); }, say: () => h[k].toFixed(2),
      exact: value => { h[k] = bound(value); },
    })),
    movable,
    chosen: () => movable()[chosen],
    choose(k) { chosen = k; },
    // Left and right choose a logit; a drag keeps to the one that it began with.
    put([u, v], { type, key }) {
      if (type !== "pointermove") chosen = Math.round(10 * u);
      if (key !== "ArrowLeft" && key !== "ArrowRight") h[chosen] = bound(v * reach / 6);
    },
    reset() {
      ({ y: label, wrt } = data);
      [h, chosen, steps, reach] = [[...data.logits], label, 0, 6];
    },
    step() {
      [h] = RULES.sgd(h, stable(h, label).dh, null, 1);
      steps++;
    },
    done: () => now.loss < 0.02,

    controls(parent, show) {
      const row = add(parent, "div", { class: "choices" });
      checks = radios(row, [
        ["label", [0, 1, 2], () => label, k => { label = k; }],
        [words.wrt, ["h", "p"], () => wrt, value => { wrt = value; }],
        [words.reach, [6, limit], () => reach, value => { reach = value; h = h.map(hk => bound(hk, reach)); }],
      ], show);
      add(row, "button", { type: "button" }, words.shift).addEventListener("click", () => {
        h = h.map(hk => hk + Math.min(30, limit - Math.max(...h)));
        show();
      });
    },

    draw() {
      if (h.some(hk => Math.abs(hk) > reach)) reach = limit;
      now = stable(h, label);
      naive = naive32(h, label);
      for (const check of checks) check();
      columns.forEach(({ disc, arrow, share, slope, colour }, k) => {
        const Y = k === label, [x, y] = plane.place(movable()[k]), up = -48 * now.dh[k], head = Math.max(-6, Math.min(up, 6));
        set(disc, "transform", `translate(${x},${y})`);
        set(disc, "fill", colour);
        set(disc, "stroke-width", k === chosen ? 3 : 0);
        set(arrow, "d", `M${x + 26},${y}v${-up}m${-head},${head}l${head},${-head}l${head},${head}`);
        share(now.p[k], colour, naive.p[k]);
        slope(now[`d${wrt}`][k], colour, wrt === "h" ? naive.p[k] - Y : -Y / naive.p[k], zero + (Y ? -6 : 17));
      });
      paid(now.loss, colours[label], naive.loss);
      end.textContent = reach;
      title.textContent = words[wrt];
      set(band, "x", left + label * wide);
    },

    text() {
      const list = numbers => ` = (${numbers.map(digits).join(", ")})`;
      const why = words.why[naive.e.includes(Infinity) ? 0 : !naive.sum ? 1 : !naive.p[label] ? 2 : 3];
      return `Step ${steps}: h = ${shown(h)}, label ${label}, p${list(now.p)}, loss ${digits(now.loss)}, `
        + `${words[wrt]}${list(now[`d${wrt}`])}. ${words.naive} p${list(naive.p)}, loss ${digits(naive.loss)}${why}`;
    },

    code: () => ({ h: JSON.stringify(h), label }),
  };
});
