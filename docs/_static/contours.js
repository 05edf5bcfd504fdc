// Rules with the library's settings, and a sum that fades
const faded = (memory, grad, rho, f) => combine(memory ?? grad, grad, (m, g) => (memory ? rho * m : 0) + f(g));
const ratio = (g, v) => g / (Math.sqrt(v) + 1e-8);
Object.assign(RULES, {
  momentum(theta, grad, memory, eta) {
    const v = faded(memory, grad, 0.9, g => g);
    return RULES.sgd(theta, v, v, eta);
  },
  rmsprop(theta, grad, memory, eta) {
    const v = faded(memory, grad, 0.99, g => 0.01 * g * g);
    return RULES.sgd(theta, combine(grad, v, ratio), v, eta);
  },
  adam(theta, grad, memory, eta) {
    let [t, m, v] = memory ?? [0];
    [t, m, v] = [t + 1, faded(m, grad, 0.9, g => 0.1 * g), faded(v, grad, 0.999, g => 0.001 * g * g)];
    const step = combine(m, v, (m, v) => ratio(m / (1 - 0.9 ** t), v / (1 - 0.999 ** t)));
    return RULES.sgd(theta, step, [t, m, v], eta);
  },
});

// Step size on the contours: the path of an update rule for a start and a learning rate.
// The two outputs have the weights -u/2 and u/2, and no bias.
widget("contours", (data, picture) => {
  const plane = axes(picture, data.plane), { X, y, minimum, lambda } = data;
  const drawn = attributes => add(plane.frame, "path", { stroke: "currentColor", "stroke-width": 1.5, fill: "none", ...attributes });
  const track = drawn({}), dots = drawn({ "stroke-width": 7, "stroke-linecap": "round" });
  const end = add(plane.frame, "circle", { r: 7, fill: "currentColor", stroke: "#fff", "stroke-width": 2 });
  const ring = handle(plane.frame, data.ink);
  let { start, eta, rule } = data, path, checks;

  // Parameters, and the loss there
  function state(W, memory) {
    const { loss, dW } = lossAndGradients(X, y, W, [0, 0]);
    return { W, dW, memory, loss, u: W.map(([w0, w1]) => w1 - w0) };
  }

  function next({ W, dW, memory }) {
    return state(...RULES[data.rules[rule].name](W, dW, memory, eta));
  }

  // The same number of steps again, with something changed
  function again(steps) {
    path = [state(start.map(u => [-u / 2, u / 2]))];
    while (path.length <= steps) path.push(next(path.at(-1)));
  }

  const lowest = state(minimum.map(u => [-u / 2, u / 2])).loss, recent = () => path.slice(-11);
  const converged = () => path.length > 10 && recent().every(({ loss }) => loss < lowest + 1e-5);
  const outside = u => [data.plane.x, data.plane.y].some(([least, most], j) => u[j] < least || u[j] > most);
  const distance = (u, v) => Math.hypot(u[0] - v[0], u[1] - v[1]);

  // The last ten steps in words
  function verdict() {
    if (path.length < 3) return "";
    const [a, b, c] = path.slice(-3), stride = distance(b.u, c.u), left = distance(c.u, minimum);
    const rises = recent().filter(({ loss }, i, last) => i && loss > last[i - 1].loss + 1e-9).length;
    const turns = recent().filter(({ u }, i, last) => i > 1
      && [0, 1].reduce((sum, j) => sum + (u[j] - last[i - 1].u[j]) * (last[i - 1].u[j] - last[i - 2].u[j]), 0) < 0).length;
    const losses = [b, c].map(({ loss }) => loss.toFixed(4)).sort();
    if (converged()) return "It has converged to the minimum.";
    if (distance(a.u, c.u) < 0.001 * stride) return `It alternates between two losses, ${losses.join(" and ")}.`;
    if (path.length > 40 && rises > 2) return "It jumps about and does not settle.";
    if (c.loss > b.loss + 1e-9) return "This step went too far: the loss rose.";
    if (stride < 0.06 * left) return `It crawls: the step covered ${(100 * stride / (left + stride)).toFixed(1)} % of the way.`;
    if (rises) return "The loss falls, but not in each step.";
    return turns > recent().length / 2 - 1 ? "It zigzags, and the loss falls." : "The loss falls in each step.";
  }

  return {
    plane,
    sliders: [rate(...data.rates, () => eta, value => { eta = value; again(path.length - 1); })],
    movable: () => [start],
    chosen: () => start,
    choose: () => {},
    put(u) { start = u; again(path.length - 1); },
    reset() { ({ start, rule } = data); again(0); },
    step() { path.push(next(path.at(-1))); },
    done: () => converged() || path.length > 500 || path.length > 2 && distance(path.at(-1).u, path.at(-3).u) < 1e-9,

    controls(bar, show) {
      const row = add(bar, "div", { class: "choices", role: "radiogroup", "aria-label": "rule" });
      checks = Object.keys(data.rules).map(name => {
        const label = add(row, "label"), input = add(label, "input", { type: "radio", name: bar.parentNode.id });
        label.append(name);
        input.addEventListener("change", () => { rule = name; ({ eta } = data.rules[name]); again(path.length - 1); show(); });
        return () => { input.checked = name === rule; };
      });
    },

    draw() {
      for (const check of checks) check();
      plane.frame.setAttribute("color", data.rules[rule].colour);
      const places = path.map(({ u }) => plane.place(u));
      track.setAttribute("d", `M${places.join("L")}`);
      dots.setAttribute("d", places.map(place => `M${place}h0`).join(""));
      ring.setAttribute("transform", `translate(${places[0]})`);
      end.setAttribute("transform", `translate(${places.at(-1)})`);
    },

    text() {
      const { u, loss } = path.at(-1), { border } = data.rules[rule];
      return `Step ${path.length - 1} from ${shown(start)}: u = ${shown(u)}, loss ${loss.toFixed(4)}. `
        + (outside(u) ? "The last point is outside the picture. " : "")
        + (border ? `η λ = ${(eta * lambda).toFixed(2)}, border ${border}. ` : "η is a length here. ") + verdict();
    },

    code: () => ({ rule: data.rules[rule].name, eta, start: JSON.stringify(start), steps: path.length }),
  };
});
