// Step the line: SGD on points of two classes, one step at a time.
widget("step-the-line", (data, picture) => {
  const plane = axes(picture, data.plane), below = axes(picture, data.loss), { y } = data;
  const line = (frame, width, more) => add(frame, "path", { fill: "none", stroke: data.ink, "stroke-width": width, ...more });
  const bars = line(plane.frame, 1.5, { opacity: 0.6 });
  const markers = y.map(k => add(plane.frame, "path", { d: data.markers[k], fill: data.colours[k], opacity: 0.8 }));
  const lines = data.lines.map(([, width, dashes]) => line(plane.frame, width, { "stroke-dasharray": dashes }));
  const ring = handle(plane.frame, data.ink);
  const curve = line(below.frame, 3, { "stroke-linecap": "round" });
  const [left, top, width, height] = data.loss.box;
  const most = add(picture, "text", { x: left + width, y: top + height + 24, "text-anchor": "end" });

  let X, W, b, p, losses, queue, random, { eta, batch, chosen } = data;
  const loss = () => lossAndGradients(X, y, W, b).loss;

  // The next batch: each epoch shuffles all examples and cuts them into pieces.
  function next() {
    if (!queue.length) queue = shuffle([...y.keys()], random);
    return queue.splice(0, batch);
  }

  // On a line the log-odds log(p / (1 - p)) are constant: u x + c = log-odds, with u = w1 - w0.
  function across(logOdds) {
    const [u, v] = W.map(([w0, w1]) => w1 - w0), c = b[1] - b[0] - logOdds, square = u * u + v * v || 1e-9;
    const far = 99 / Math.sqrt(square);
    return "M" + [far, -far].map(t => plane.place([-u * c / square - v * t, -v * c / square + u * t])).join("L");
  }

  return {
    plane,
    sliders: [
      rate(0.01, 30, () => eta, value => { eta = value; }),
      choice("batch", data.batches, () => batch, value => { batch = value; }),
      choice("point", [...y.keys()], () => chosen, value => { chosen = value; }),
    ],
    movable: () => X,
    chosen: () => X[chosen],
    choose(i) { chosen = i; },
    put(x) { X[chosen] = x; losses.at(-1)[1] = loss(); },

    reset() {
      ({ X, W, b } = structuredClone(data));
      [queue, random] = [[], generator(1)];
      losses = [[0, loss()]];  // after so many examples
    },

    step() {
      const rows = next(), { dW, db } = lossAndGradients(rows.map(i => X[i]), rows.map(i => y[i]), W, b);
      [W] = RULES.sgd(W, dW, null, eta);
      [b] = RULES.sgd(b, db, null, eta);
      losses.push([losses.at(-1)[0] + rows.length, loss()]);
    },

    done: () => losses.length > 2000,

    draw() {
      p = X.map(x => Math.exp(logSoftmax(logits(x, W, b))[1]));
      const places = X.map(plane.place), last = data.loss.x[1], end = Math.max(losses.at(-1)[0], last);
      bars.setAttribute("d", places.map((place, i) => `M${place}v${data.bar * (y[i] - p[i])}`).join(""));
      markers.forEach((marker, i) => marker.setAttribute("transform", `translate(${places[i]})`));
      ring.setAttribute("transform", `translate(${places[chosen]})`);
      lines.forEach((path, i) => path.setAttribute("d", across(data.lines[i][0])));
      curve.setAttribute("d", `M${losses.map(([seen, value]) => below.place([seen / end * last, value])).join("L")}h0`);
      most.textContent = end;
    },

    text: () => `Step ${losses.length - 1}, ${losses.at(-1)[0]} examples seen, loss ${losses.at(-1)[1].toFixed(4)}. `
      + `W = [${W.map(shown).join(", ")}], b = ${shown(b)}. `
      + `Point ${chosen}, class ${y[chosen]}, at ${shown(X[chosen])}: p₁ − Y₁ = ${(p[chosen] - y[chosen]).toFixed(2)}.`,

    code: () => ({
      eta, batch, W: JSON.stringify(W), b: JSON.stringify(b),
      moved: X.map((x, i) => `${x}` === `${data.X[i]}` ? "" : `X[${i}] = ${JSON.stringify(x)}\n`).join(""),
    }),
  };
});
