// A drill: the number that a reader types is compared with the values on the page, and the remark
// on the value that it equals is shown.  Equal means: within 1 %, or within 1e-9 of 0.
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const HELP = "That could not be read as a number. Type it as 0.25, 0,25, 1/4 or 2.5e-1.";

// What was typed as a number, NaN if it is none: a fraction, a decimal comma or a typographic minus is welcome.
function read(text) {
  const parts = text.replace(/\s/g, "").replace(/[−–]/g, "-").replace(/,/g, ".").split("/");
  if (parts.length > 2 || !parts.every(part => NUMBER.test(part))) return NaN;
  const [above, below = 1] = parts.map(Number);
  return above / below;
}

function equals(answer, value) {
  return Math.abs(answer - value) <= (0.01 * Math.abs(value) || 1e-9);
}

function equipDrill(drill) {
  const form = drill.querySelector("form");
  const field = form.querySelector("template");
  if (!field) return;
  field.replaceWith(field.content);
  const input = form.querySelector("input");
  const right = Number(form.dataset.value), said = drill.querySelector(".said");
  const wrong = [...drill.querySelectorAll("template[data-value]")];
  let tries = 0;

  function say(verdict, remark) {
    const line = document.createElement("p");
    line.textContent = verdict;
    said.replaceChildren(line, ...remark ? [remark.cloneNode(true)] : []);
  }

  function check() {
    const answer = read(input.value);
    if (!Number.isFinite(answer)) return say(HELP);
    if (equals(answer, right)) return say("Right.", drill.querySelector(".remark"));
    tries += 1;
    const typical = wrong.find(remark => equals(answer, Number(remark.dataset.value)));
    const size = typical ? "" : ` It is too ${answer < right ? "small" : "large"}.`;
    const offer = tries > 1 ? " The answer can be unfolded below." : "";
    say(`Not that.${size}${offer}`, typical && typical.content);
  }

  form.addEventListener("submit", event => {
    event.preventDefault();
    check();
  });
}

// A drill gets its field when it comes near, or when a key is pressed, which may lead to it.
const drills = document.querySelectorAll(".drill");
const near = new IntersectionObserver(found => {
  for (const { target, isIntersecting } of found) if (isIntersecting) equipDrill(target);
}, { rootMargin: "100%" });
for (const drill of drills) near.observe(drill);
addEventListener("keydown", () => drills.forEach(equipDrill), { once: true });
