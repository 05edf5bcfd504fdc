// A drill: the number that a reader types is compared with the values on the page, and the remark
// on the value that it equals is shown.  Equal means: within 1 %, or within 1e-9 of 0.
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const THOUSANDS = /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/;
const HELP = "That could not be read as a number. Type it as 0.25, 0,25, 1/4 or 2.5e-1.";

// What was typed, as numbers, none if it cannot be read: a fraction, a decimal comma or a typographic
// minus is welcome.  The comma of 1,234 may be decimal or separate thousands, so that there are two.
function readings(text) {
  const parts = text.replace(/\s/g, "").replace(/[−–]/g, "-").split("/");
  const [above, below = [1]] = parts.map(part =>
    [part.replace(/,/g, "."), THOUSANDS.test(part) ? part.replace(/,/g, "") : ""].filter(one => NUMBER.test(one)).map(Number));
  return parts.length > 2 ? [] : above.flatMap(a => below.map(b => a / b)).filter(Number.isFinite);
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
    const answers = readings(input.value), is = value => answers.some(answer => equals(answer, value));
    if (!answers.length) return say(HELP);
    if (is(right)) return say("Right.", drill.querySelector(".remark"));
    tries += 1;
    const typical = wrong.find(remark => is(Number(remark.dataset.value)));
    const sizes = new Set(answers.map(answer => (answer < right ? "small" : "large")));
    const size = typical || sizes.size > 1 ? "" : ` It is too ${[...sizes]}.`;
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
