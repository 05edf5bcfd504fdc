// A box that scrolls sideways can be reached by keyboard, which not all browsers see to.
function reachable(boxes) {
  const wide = boxes.map(box => box.scrollWidth > box.clientWidth);  // read all, then write
  boxes.forEach((box, i) => wide[i] ? box.tabIndex = 0 : box.removeAttribute("tabindex"));
}
const boxes = [...document.querySelectorAll("article :is(.scrolls, pre, .table-wrapper)")];
const sizes = new ResizeObserver(changed => reachable(changed.map(({target}) => target)));
boxes.forEach(box => sizes.observe(box));

// A drawer has done its work once a place in the page was chosen from it.
for (const drawer of document.querySelectorAll("[popover]")) {
  drawer.addEventListener("click", event => {
    if (event.target.closest("a") && drawer.matches(":popover-open")) drawer.hidePopover();
  });
}

// What the keyboard goes to is shown whole, also in a box that scrolls sideways.
addEventListener("focusin", ({target}) => {
  if (target.matches(":focus-visible")) target.scrollIntoView({block: "nearest", inline: "nearest"});
});

// All of a page is laid out on the way to a place in it (book.css).
const {dataset} = document.documentElement;
addEventListener("click", ({target}) => {
  if (target.closest?.("a[href*='#']")) dataset.back = "";
}, true);
addEventListener("hashchange", () => {  // by the bar of the browser
  if ("back" in dataset) return;
  dataset.back = "";
  document.querySelector(":target")?.scrollIntoView();
});
