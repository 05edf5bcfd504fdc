// Logits to pulls: from three logits and a label to the gradient of the loss, and what naive
// float32 makes of it.

// The formulas as they are written, each operation rounded to float32
function naive32(h, label) {
  const round = Math.fround, e = h.map(hk => round(Math.exp(round(hk)))), sum = e.reduce((a, b) => round(a + b));
  const p = e.map(ek => round(ek / sum));
  return {
    e, sum, p, loss: round(-Math.log(p[label])),
    dh: p.map((pk, k) => round(pk - (k === label))),
    dp: p.map((pk, k) => round(-(k === label) / pk)),
  };
}

function stable(h, label) {
  const { loss, db } = lossAndGradients([[]], [label], [], h);  // without inputs, logits are biases
  const logp = logSoftmax(h);
  return { loss, p: logp.map(Math.exp), dh: db, dp: logp.map((value, k) => (k === label ? -Math.exp(-value) : 0)) };
}

function digits(x) {
  if (!Number.isFinite(x)) return String(x).replace("Infinity", "inf").toLowerCase();
  return x && (Math.abs(x) < 0.001 || Math.abs(x) >= 1000) ? x.toExponential(1) : x.toFixed(3);
}

widget("logits-to-pulls", (data, picture) => {
  const { ink, colours, limit, size } = data, [left, top, width] = data.plane.box, wide = width / 3;
  const band = add(picture, "rect", { y: top, width: wide, height: size[1] - top, fill: ink, opacity: 0.07 });
  const [plane, shares, slopes, cost] = [data.plane, data.shares, data.slopes, data.cost].map(place => axes(picture, place));
  const text = (x, y, anchor) => add(picture, "text", { x, y, "text-anchor": anchor });
  const path = (parent, stroke, thick) => add(parent, "path", { stroke, fill: "none", "stroke-width": thick });

  // A bar with its value, and a dark mark at the value that naive float32 has, if it has one
  function bar({ frame, place }, u, signed) {
    const [x, zero] = place([u, 0]), up = v => place([u, v < -1 ? -1 - Math.log10(-v) / 3 : v])[1];
    const body = path(frame, ink, 44), mark = path(frame, ink, 3);
    const words = text(x, 0, "middle"), instead = text(x + 25, zero - 5, "start");
    return (value, naive, colour) => {
      const finite = Number.isFinite(naive), side = value > 0 ? zero + 17 : zero - 6;
      body.setAttribute("d", `M${x},${zero}V${up(value)}`);
      body.setAttribute("stroke", colour);
      mark.setAttribute("d", finite ? `M${x - 28},${up(naive)}h56` : "");
      instead.textContent = finite ? "" : digits(naive);
      words.textContent = digits(value);
      words.setAttribute("y", signed ? side : Math.max(up(value), top) - 6);
    };
  }

  const columns = colours.map((colour, k) => ({
    stem: path(plane.frame, colour, 3), dot: add(plane.frame, "circle", { r: 8, fill: colour }),
    ring: handle(plane.frame, ink), arrow: path(picture, ink, 2.5),
    share: bar(shares, k / 10), slope: bar(slopes, k / 10, true),
  })), paid = bar(cost, 0);
  const ends = [6, -6].map(end => text(left - 7, plane.place([0, end])[1] + 5, "end"));
  const title = text(left, data.slopes.box[1] - 9, "start"), name = text(0, size[1] - 9, "middle");

  let h, label, wrt, reach, chosen, steps, now, naive, checks;
  const rounded = value => Number(Math.max(-limit, Math.min(value, limit)).toFixed(2));
  const movable = () => h.map((hk, k) => [k / 10, 6 * hk / reach]);

  function problem() {
    if (naive.e.includes(Infinity)) return ", because an exponential overflows";
    if (!naive.sum) return ", because all exponentials underflow to 0";
    if (!naive.p[label]) return ", because the label's probability underflows to 0";
    return Math.max(...naive.p.map((pk, k) => Math.abs(pk - now.p[k]))) > 1e-4 ? ", because exponentials this small keep few digits" : "";
  }

  return {
    plane,
    sliders: colours.map((_, k) => ({
      name: `h${"₀₁₂"[k]}`, min: -1, max: 1, step: 1 / 120,
      get: () => h[k] / reach, set: value => { h[k] = rounded(value * reach); }, say: () => h[k].toFixed(2),
      exact: value => { h[k] = rounded(value); },
    })),
    movable,
    chosen: () => movable()[chosen],
    choose(k) { chosen = k; },
    // Left and right choose a logit; a drag keeps to the one that it began with.
    put([u, v], { type, key }) {
      if (type !== "pointermove") chosen = Math.round(10 * u);
      if (key !== "ArrowLeft" && key !== "ArrowRight") h[chosen] = rounded(v * reach / 6);
    },
    reset() {
      ({ y: label, wrt } = data);
      [h, chosen, steps, reach] = [[...data.logits], label, 0, 6];
    },
    step() {
      [h] = RULES.sgd(h, stable(h, label).dh, null, 1);
      steps++;
    },
    done: () => now.loss < 0.02 || steps > 500,

    controls(parent, show) {
      const row = add(parent, "div", { class: "choices" });
      function radios(name, values, get, set) {
        const group = add(row, "span", { role: "radiogroup", "aria-label": name }, name);
        return values.map(([value, words]) => {
          const input = add(add(group, "label", {}, words), "input", { type: "radio", name: picture.closest("figure").id + name });
          input.addEventListener("change", () => { set(value); show(); });
          return () => { input.checked = get() === value; };
        });
      }
      checks = [
        radios("label", [0, 1, 2].map(k => [k, k]), () => label, k => { label = k; }),
        radios("gradient by", [["h", "h"], ["p", "p"]], () => wrt, value => { wrt = value; }),
        radios("logits up to", [[6, 6], [limit, limit]], () => reach, value => {
          reach = value;
          h = h.map(hk => Math.max(-reach, Math.min(hk, reach)));
        }),
      ].flat();
      add(row, "button", { type: "button" }, "Add 30 to all").addEventListener("click", () => {
        const more = Math.min(30, limit - Math.max(...h));
        h = h.map(hk => hk + more);
        show();
      });
    },

    draw() {
      if (h.some(hk => Math.abs(hk) > reach)) reach = limit;
      now = stable(h, label);
      naive = naive32(h, label);
      for (const check of checks) check();
      movable().forEach((at, k) => {
        const [x, y] = plane.place(at), { stem, dot, ring, arrow, share, slope } = columns[k];
        const pull = -48 * now.dh[k], head = Math.sign(pull) * Math.min(6, Math.abs(pull));
        stem.setAttribute("d", `M${x},${plane.place([0, 0])[1]}V${y}`);
        for (const round of [dot, ring]) round.setAttribute("transform", `translate(${x},${y})`);
        ring.setAttribute("opacity", k === chosen ? 1 : 0);
        arrow.setAttribute("d", `M${x + 26},${y}v${-pull}m-6,${head}l6,${-head}l6,${head}`);
        share(now.p[k], naive.p[k], colours[k]);
        slope(now[`d${wrt}`][k], naive[`d${wrt}`][k], colours[k]);
      });
      paid(now.loss, naive.loss, colours[label]);
      ends.forEach((end, i) => { end.textContent = i ? -reach : reach; });
      title.textContent = wrt === "h" ? "gradient ∂L/∂h = p − Y" : "gradient ∂L/∂p = −Y/p";
      band.setAttribute("x", left + label * wide);
      name.setAttribute("x", left + (label + 0.5) * wide);
      name.textContent = "label";
    },

    text() {
      const list = numbers => `(${numbers.map(digits).join(", ")})`;
      return `Step ${steps}: h = ${shown(h)}, label ${label}, p = ${list(now.p)}, loss ${digits(now.loss)}. `
        + (wrt === "h" ? "Gradient with respect to h: p − Y" : "Gradient with respect to p: −Y/p") + ` = ${list(now[`d${wrt}`])}. `
        + `Naive float32: p = ${list(naive.p)}, loss ${digits(naive.loss)}${problem()}.`;
    },

    code: () => ({ h: JSON.stringify(h), label }),
  };
});
