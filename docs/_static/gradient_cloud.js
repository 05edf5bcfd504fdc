// The gradient cloud: gradients of random batches around the gradient of all examples, all at the
// same parameters, and their mean squared distance from it.

// The gradient of each example: W row by row, then b
const gradients = ({ X, y, W, b }) => X.map((x, i) => {
  const { dW, db } = lossAndGradients([x], [y[i]], W, b);
  return [dW, db].flat(2);
});
const mean = rows => rows[0].map((_, j) => rows.reduce((sum, row) => sum + row[j], 0) / rows.length);
const square = (g, h) => g.reduce((sum, value, j) => sum + (value - h[j]) ** 2, 0);

widget("gradient-cloud", (data, picture) => {
  const plane = axes(picture, data.plane), below = axes(picture, data.law), { colour, ink } = data;
  const each = gradients(data), g = mean(each), N = each.length;
  const seen = h => data.seen.map(j => h[j]), average = part => each.reduce((sum, h) => sum + square(part(h), part(g)), 0) / N;
  const v = average(h => h), predicted = (variance = v) => variance / batch * (N - batch) / (N - 1);
  const line = (frame, tag, more) => add(frame, tag, { fill: "none", stroke: colour, "stroke-linecap": "round", ...more });
  const dots = line(plane.frame, "path", { "stroke-width": 4, opacity: 0.7 });
  const [cx, cy] = plane.place(seen(g)), unit = plane.place([1, 0])[0] - plane.place([0, 0])[0];
  const circle = line(plane.frame, "circle", { cx, cy, stroke: ink, "stroke-width": 2 });
  const last = line(plane.frame, "path", { stroke: ink, "stroke-width": 11 });
  line(plane.frame, "path", { d: `M${cx - 7},${cy}h14m-7,-7v14`, stroke: ink, "stroke-width": 2 });
  const measured = line(below.frame, "path", { "stroke-width": 9 });
  let { batch } = data, random, order, clouds;

  // What was drawn of this batch size: how often, the sums of gradients and of squares, the dots
  const cloud = () => clouds[batch] ??= { draws: 0, sum: g.map(() => 0), squares: 0, d: "", end: "" };

  function draw() {
    const now = cloud(), h = mean(shuffle(order, random, batch).slice(0, batch).map(i => each[i]));
    now.draws++;
    now.sum = combine(now.sum, h, (sum, value) => sum + value);
    now.squares += square(h, g);
    now.d += now.end = `M${plane.place(seen(h)).map(value => value.toFixed(1))}h0`;
  }

  return {
    plane,
    verb: "Draw",
    sliders: [choice("batch B =", data.batches, () => batch, value => { batch = value; })],
    reset() { [random, order, clouds] = [generator(1), [...each.keys()], {}]; },

    // A run begins with single draws, and draws more at a time when there are many.
    step(run) {
      for (let more = run ? 1 + cloud().draws / 20 : 1; more >= 1; more--) draw();
    },

    done: () => cloud().draws >= 4000,

    draw() {
      dots.setAttribute("d", cloud().d);
      last.setAttribute("d", cloud().end);
      circle.setAttribute("r", unit * Math.sqrt(predicted(average(seen))));
      measured.setAttribute("d", Object.entries(clouds).filter(([, { draws }]) => draws)
        .map(([B, { draws, squares }]) => `M${below.place([Math.log10(B), Math.log10(squares / draws + 1e-9)])}h0`).join(""));
    },

    text() {
      const { draws, sum, squares } = cloud(), far = Math.sqrt(square(sum.map(value => value / draws), g));
      return `Draws: ${draws}, batches of ${batch}. Mean squared distance from the full gradient: `
        + (draws ? `measured ${(squares / draws).toFixed(5)}, ` : "")
        + `predicted ${v.toFixed(3)}/${batch} · ${N - batch}/${N - 1} = ${predicted().toFixed(5)}.`
        + (draws ? ` The mean of the draws is ${far.toFixed(3)} away from it.` : "");
    },

    code: () => ({ batch, draws: cloud().draws || 1000 }),
  };
});
