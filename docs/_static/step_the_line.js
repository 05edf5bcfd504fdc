// Step the line: gradient descent on points of two classes, one step at a time.
widget("step-the-line", (data, picture) => {
  const plane = axes(picture, data.plane), lossAxes = axes(picture, data.loss);
  const line = attributes => add(plane.frame, "path", { fill: "none", stroke: data.ink, ...attributes });
  const pulls = line({ "stroke-width": 1.5, opacity: 0.6 });
  const markers = data.y.map(k => add(plane.frame, "path", { d: data.markers[k], fill: data.colours[k], opacity: 0.8 }));
  // the logit difference is log(p / (1 - p)): at p = 0.1, 0.5 and 0.9
  const levels = [-Math.log(9), 0, Math.log(9)];
  const lines = ["2 5", "none", "9 5"].map((dashes, i) =>
    line({ "stroke-width": i === 1 ? 3.5 : 2, "stroke-dasharray": dashes }));
  const ring = line({ d: "M-14 0a14 14 0 1 0 28 0a14 14 0 1 0 -28 0", "stroke-width": 2, "pointer-events": "all" });
  const curve = add(lossAxes.frame, "polyline", { fill: "none", stroke: data.ink, "stroke-width": 2.5 });
  const right = data.loss.box[0] + data.loss.box[2], below = data.loss.box[1] + data.loss.box[3] + 24;
  const last = add(picture, "text", { x: right, y: below, "text-anchor": "end" });

  let X, W, b, steps, seen, history, queue, seed, chosen = 0, { eta, batch } = data;
  const { y } = data, N = y.length;
  const now = () => lossAndGradients(X, y, W, b).loss;

  // A number from 0 to 1 that looks random, and is the same after each reset
  function random() {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  }

  // The next examples of an epoch: a shuffled order, cut into pieces
  function next() {
    if (batch === N) return [...X.keys()];
    if (queue.length === 0) {
      queue = [...X.keys()];
      for (let i = N - 1; i > 0; i--) {
        const j = Math.floor(random() * (i + 1));
        [queue[i], queue[j]] = [queue[j], queue[i]];
      }
    }
    return queue.splice(0, batch);
  }

  function across(level) {
    const a = W.map(([w0, w1]) => w1 - w0), c = b[1] - b[0] - level, length = Math.hypot(...a) || 1e-9;
    const unit = a.map(value => value / length), foot = unit.map(value => -value * c / length);
    return [-99, 99].map(t => plane.place([foot[0] - t * unit[1], foot[1] + t * unit[0]]));
  }

  return {
    plane,
    sliders: [
      rate(0.01, 30, () => eta, value => { eta = value; }),
      { label: "batch", min: 0, max: data.batches.length - 1, step: 1, get: () => data.batches.indexOf(batch),
        set: value => { batch = data.batches[value]; }, say: () => batch === N ? `all ${N}` : batch },
      { label: "point", min: 0, max: N - 1, step: 1, get: () => chosen, set: value => { chosen = value; },
        say: () => `${chosen} of class ${y[chosen]}` },
    ],
    movable: () => X,
    chosen: () => X[chosen],
    choose: i => { chosen = i; },
    put: x => { X[chosen] = x; },

    reset() {
      [X, W, b] = structuredClone([data.X, data.W, data.b]);
      [steps, seen, queue, seed] = [0, 0, [], 1];
      history = [[0, now()]];
    },

    step() {
      const rows = next();
      const { dW, db } = lossAndGradients(rows.map(i => X[i]), rows.map(i => y[i]), W, b);
      [W] = RULES.sgd(W, dW, null, eta);
      [b] = RULES.sgd(b, db, null, eta);
      steps += 1;
      seen += rows.length;
      history.push([seen, now()]);
    },

    done: () => history.length > 2000,

    draw() {
      const most = Math.max(seen, data.loss.x[1]);
      let bars = "";
      X.forEach((x, i) => {
        const [left, top] = plane.place(x), p = Math.exp(logSoftmax(logits(x, W, b))[1]);
        bars += `M${left} ${top}v${data.bar * (y[i] - p)}`;
        markers[i].setAttribute("transform", `translate(${left} ${top})`);
      });
      pulls.setAttribute("d", bars);
      ring.setAttribute("transform", `translate(${plane.place(X[chosen])})`);
      lines.forEach((path, i) => path.setAttribute("d", `M${across(levels[i]).join("L")}`));
      curve.setAttribute("points", history.map(([n, loss]) => lossAxes.place([n / most * data.loss.x[1], loss])).join(" "));
      last.textContent = most;
    },

    text() {
      const p = Math.exp(logSoftmax(logits(X[chosen], W, b))[1]);
      return `Step ${steps}, ${seen} examples seen, loss ${now().toFixed(4)}. `
        + `W = [${W.map(shown).join(", ")}], b = ${shown(b)}. `
        + `Point ${chosen} at ${shown(X[chosen])} has p₁ − Y₁ = ${(p - y[chosen]).toFixed(2)}.`;
    },

    python: () => `import numpy as np

from logreg_book import batch_loss, train
from logreg_book.datasets import make_blobs

X, y = ${data.python}
${X.map((x, i) => x.every((value, j) => value === data.X[i][j]) ? "" : `X[${i}] = ${JSON.stringify(x)}  # moved\n`).join("")}\
W = np.array(${JSON.stringify(W)})
b = np.array(${JSON.stringify(b)})
print("loss", batch_loss(X, y, W, b))

rng = np.random.default_rng(1)
for state in train(X, y, W, b, eta=${eta}, epochs=5, batch_size=${batch}, rng=rng):
    print("epoch", state.epoch, "loss", state.loss)
`,
  };
});
