// What every widget has: a picture in which something can be moved, buttons, sliders, and one text
// that says where it stands.  The widget itself says what a step is and how it is drawn.
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const REACH = 16;  // as near as this to what can be moved, a pointer takes hold of it

function add(parent, tag, attributes = {}, text = "") {
  const inPicture = tag === "svg" || parent instanceof SVGElement;
  const made = inPicture ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(text);
  parent.append(made);
  return made;
}

const between = (least, value, most) => Math.max(least, Math.min(value, most));
const shown = numbers => `(${numbers.map(number => number.toFixed(2)).join(", ")})`;

// A part of the picture with axes: from data to places and back, and a frame that cuts lines off
function axes(picture, { box: [left, top, width, height], x, y }) {
  const frame = { x: left, y: top, width, height, viewBox: `${left} ${top} ${width} ${height}` };
  return {
    frame: add(picture, "svg", frame),
    place: ([u, v]) => [left + (u - x[0]) / (x[1] - x[0]) * width, top + (y[1] - v) / (y[1] - y[0]) * height],
    data: ([u, v]) => [x[0] + (u - left) / width * (x[1] - x[0]), y[1] - (v - top) / height * (y[1] - y[0])],
    inside: ([u, v]) => [between(x[0], u, x[1]), between(y[0], v, y[1])].map(value => Number(value.toFixed(2))),
  };
}

function widget(name, create) {
  for (const figure of document.querySelectorAll(`[data-widget="${name}"]`)) {
    const data = JSON.parse(figure.querySelector("script").text), [width, height] = data.size;
    const picture = add(figure.querySelector(".stage"), "svg", {
      viewBox: `0 0 ${width} ${height}`, tabindex: 0, role: "application", "aria-label": data.label,
    });
    const own = create(data, picture);
    const bar = figure.querySelector(".bar"), buttons = add(bar, "div"), sliders = add(bar, "div");
    const button = (label, press) => {
      const made = add(buttons, "button", { type: "button" }, label);
      made.addEventListener("click", press);
      return made;
    };

    // While it runs, the text changes too often to be read aloud.
    let timer = 0;
    function pause() {
      clearInterval(timer);
      timer = 0;
      run.textContent = "Run";
      output.setAttribute("aria-live", "polite");
      show();
    }
    function start() {
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      run.textContent = "Pause";
      output.setAttribute("aria-live", "off");
      timer = setInterval(() => { own.step(); own.done() ? pause() : show(); }, still ? 500 : 60);
    }
    async function copy() {
      try {
        await navigator.clipboard.writeText(own.python());
        output.value = "Copied: Python code that goes on from here with logreg_book.";
      } catch {
        output.value = "Not copied: the browser does not let this page write to the clipboard.";
      }
    }

    button("Step", () => { own.step(); pause(); });
    const run = button("Run", () => timer ? pause() : start());
    button("Reset", () => { own.reset(); pause(); });
    button("Copy as Python", copy);
    const refresh = own.sliders.map(({ label, min, max, step, get, set, say }) => {
      const box = add(sliders, "label"), text = add(box, "span");
      const input = add(box, "input", { type: "range", min, max, step });
      input.addEventListener("input", () => { set(Number(input.value)); show(); });
      return () => {
        input.value = get();
        text.textContent = `${label} ${say()}`;
        input.setAttribute("aria-valuetext", say());
      };
    });
    const output = add(bar, "output");

    function show() {
      own.draw();
      for (const part of refresh) part();
      output.value = own.text();
    }

    // What is near is dragged; a click elsewhere brings what was chosen last to that place.
    let held = false;
    const at = ({ clientX, clientY }) => {
      const box = picture.getBoundingClientRect();
      return [(clientX - box.left) * width / box.width, (clientY - box.top) * height / box.height];
    };
    const put = place => { own.put(own.plane.inside(place)); show(); };
    picture.addEventListener("pointerdown", event => {
      const [x, y] = at(event);
      const far = own.movable().map(own.plane.place).map(([u, v]) => Math.hypot(u - x, v - y));
      const nearest = Math.min(...far);
      held = nearest < REACH;
      if (!held) return;
      picture.setPointerCapture(event.pointerId);
      own.choose(far.indexOf(nearest));
      show();
    });
    picture.addEventListener("pointermove", event => {
      if (held && event.buttons) put(own.plane.data(at(event)));
    });
    picture.addEventListener("click", event => {
      if (!held) put(own.plane.data(at(event)));
      held = false;
    });
    picture.addEventListener("keydown", event => {
      const arrow = ARROWS[event.key];
      if (!arrow || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      put(own.chosen().map((value, j) => value + arrow[j] / 10));
    });

    figure.classList.add("live");
    own.reset();
    show();
  }
}

// A learning rate has two digits, and its slider is logarithmic.
const rate = (least, most, get, set) => ({
  label: "learning rate η =", min: Math.log10(least), max: Math.log10(most), step: 0.02,
  get: () => Math.log10(get()), set: value => set(Number((10 ** value).toPrecision(2))), say: get,
});
