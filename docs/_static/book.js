// A box that scrolls sideways can be reached by keyboard, which not all browsers see to.
const boxes = new ResizeObserver(changed => {
  const wide = changed.map(({target}) => target.scrollWidth > target.clientWidth);  // read all, then write
  changed.forEach(({target}, i) => wide[i] ? target.tabIndex = 0 : target.removeAttribute("tabindex"));
});
document.querySelectorAll("article :is(.scrolls, pre, .table-wrapper)").forEach(box => boxes.observe(box));

// A long chapter is laid out section by section: what is seen first, the rest while there is time.
const sections = [...document.querySelectorAll("article > section > section")];
const later = next => window.requestIdleCallback ? requestIdleCallback(next, {timeout: 200}) : setTimeout(next);
function layOut() {
  sections.shift()?.classList.add("laid-out");
  if (sections.length) later(layOut);
}
addEventListener("load", () => later(layOut));

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
