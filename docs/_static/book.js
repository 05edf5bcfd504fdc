// A box that scrolls sideways can be reached by keyboard, which not all browsers see to.
function reachable() {
  for (const box of document.querySelectorAll("article :is(.scrolls, pre, .table-wrapper)")) {
    box.toggleAttribute("tabindex", false);
    if (box.scrollWidth > box.clientWidth) box.setAttribute("tabindex", "0");
  }
}
reachable();
addEventListener("resize", reachable);
addEventListener("toggle", reachable, true);  // what was folded has a width only now

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
