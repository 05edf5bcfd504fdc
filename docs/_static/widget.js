// What every widget has: a picture to point at, buttons, sliders, and a text that says where it
// stands.  The widget itself says what a step is, and draws.
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

function add(parent, tag, attributes = {}, text = "") {
  const space = tag === "svg" || parent instanceof SVGElement ? "2000/svg" : "1999/xhtml";
  const made = document.createElementNS(`http://www.w3.org/${space}`, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(text);
  parent.append(made);
  return made;
}

// A part of the picture with axes: from data to places and back, in a frame that cuts lines off
function axes(picture, { box: [left, top, width, height], x, y }) {
  const frame = add(picture, "svg", { x: left, y: top, width, height, viewBox: `${left} ${top} ${width} ${height}` });
  const across = (x[1] - x[0]) / width, up = (y[1] - y[0]) / height;
  const edge = RADIUS + 1;  // a whole ring is seen
  const inside = (value, [least, most], margin) => Number(Math.max(least + margin, Math.min(value, most - margin)).toFixed(2));
  return {
    frame,
    place: ([u, v]) => [left + (u - x[0]) / across, top + (y[1] - v) / up],
    data: ([u, v]) => [x[0] + (u - left) * across, y[1] - (v - top) * up],
    inside: ([u, v]) => [inside(u, x, edge * across), inside(v, y, edge * up)],
  };
}

// A ring around what can be moved, large enough for a thumb
const RADIUS = 14, handle = (frame, stroke) => add(frame, "circle", { r: RADIUS, fill: "none", stroke, "stroke-width": 2, "pointer-events": "all" });

// A learning rate has three digits, and its slider is logarithmic: a step, 1 %, is more than rounding.
const rate = (least, most, get, set) => ({
  name: "rate η =", min: Math.log10(least), max: Math.log10(most), step: 1 / 226,
  get: () => Math.log10(get()), set: value => set(Number((10 ** value).toPrecision(3))), say: get,
});

// One of several values
const choice = (name, values, get, set) => ({
  name, min: 0, max: values.length - 1, step: 1, get: () => values.indexOf(get()), set: i => set(values[i]), say: get,
});

// Numbers from 0 to 1 that look random, the same ones for the same seed
const generator = seed => () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32;

// The first few of a list become a random choice of all of it, in random order.
function shuffle(list, random, few = list.length) {
  for (let i = 0; i < few; i++) {
    const j = i + Math.floor(random() * (list.length - i));
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}

// Choices of which one is made: name, values, get, set; what this returns brings them up to date.
const radios = (row, groups, show) => groups.flatMap(([name, values, get, set]) => {
  const group = add(row, "span", { role: "radiogroup", "aria-label": name }, name);
  return values.map(value => {
    const label = add(group, "label"), input = add(label, "input", { type: "radio", name: row.closest("figure").id + name });
    label.append(value);
    input.addEventListener("change", () => { set(value); show(); });
    return () => { input.checked = get() === value; };
  });
});

const shown = numbers => `(${numbers.map(number => number.toFixed(2)).join(", ")})`;

function widget(kind, create) {
  for (const figure of document.querySelectorAll(`[data-widget="${kind}"]`)) {
    const data = JSON.parse(figure.querySelector("script").text), [width, height] = data.size;
    const picture = add(figure.querySelector(".stage"), "svg", {
      width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": data.label,
    });
    const own = create(data, picture), { plane } = own;
    const bar = figure.querySelector(".bar"), buttons = add(bar, "div"), sliders = add(bar, "div");

    let timer = 0, held = false;
    function run(on) {
      const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
      clearInterval(timer);
      timer = on && setInterval(() => { own.step(true); own.done() ? run(false) : show(); }, own.pace ?? (calm ? 500 : 60));
      running.textContent = on ? "Pause" : "Run";
      output.setAttribute("aria-live", on ? "off" : "polite");  // not read aloud while it runs
      show();
    }
    async function copy() {
      const values = own.code(), code = data.python.replace(/\$\{(\w+)\}/g, (_, name) => values[name]);
      try {
        await navigator.clipboard.writeText(code);
        output.value = "Copied as Python.";
      } catch {
        output.value = "Not copied: the browser forbids it.";
      }
    }
    function button(label, press) {
      const made = add(buttons, "button", { type: "button" }, label);
      made.addEventListener("click", press);
      return made;
    }
    button(own.verb ?? "Step", () => { own.step(); run(false); });
    const running = button("Run", () => run(!timer));
    button("Reset", () => { own.reset(); run(false); });
    button("Copy as Python", copy);

    // A slider, and if it has `exact`, a number to type beside its name
    const refresh = own.sliders.map(({ name, min, max, step, get, set, say, exact }) => {
      const label = add(sliders, "label"), text = add(label, "span");
      const input = add(label, "input", { type: "range", min, max, step });
      const number = exact && add(label, "input", { type: "number", step: "any", "aria-label": name });
      input.addEventListener("input", () => { set(Number(input.value)); show(); });
      number?.addEventListener("change", () => { exact(Number(number.value)); show(); });
      return () => {
        input.value = get();
        text.textContent = exact ? name : `${name} ${say()}`;
        input.setAttribute("aria-valuetext", say());
        if (exact) number.value = say();
      };
    });
    own.controls?.(bar, show);
    const output = add(bar, "output");

    function show() {
      own.draw();
      for (const slider of refresh) slider();
      output.value = own.text();
    }
    const put = (place, event) => { own.put(plane.inside(place), event); show(); };

    // Something to move: what is near is dragged; a click elsewhere brings there what was chosen last.
    if (own.movable) {
      picture.setAttribute("role", "application");
      picture.setAttribute("tabindex", 0);
      function at(event) {
        const box = picture.getBoundingClientRect();
        return [event.clientX - box.left, event.clientY - box.top].map(value => value * width / box.width);
      }
      picture.addEventListener("pointerdown", event => {
        const [u, v] = at(event), far = own.movable().map(plane.place).map(([x, y]) => Math.hypot(x - u, y - v));
        held = Math.min(...far) < RADIUS;
        if (!held) return;
        picture.setPointerCapture(event.pointerId);
        own.choose(far.indexOf(Math.min(...far)));
        show();
      });
      picture.addEventListener("pointermove", event => {
        if (held && event.buttons) put(plane.data(at(event)), event);
      });
      picture.addEventListener("click", event => {
        if (!held) put(plane.data(at(event)), event);
      });
      picture.addEventListener("keydown", event => {
        const arrow = ARROWS[event.key];
        if (!arrow || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        put(own.chosen().map((value, j) => value + arrow[j] / 10), event);
      });
    }

    figure.classList.add("live");
    own.reset();
    run(false);
  }
}
