// A box that scrolls sideways can be reached by keyboard, which not all browsers see to.
function reachable() {
  for (const box of document.querySelectorAll("article :is(.scrolls, pre, .table-wrapper)")) {
    box.toggleAttribute("tabindex", false);
    if (box.scrollWidth > box.clientWidth) box.setAttribute("tabindex", "0");
  }
}
reachable();
addEventListener("resize", reachable);

// A drawer has done its work once a place in the page was chosen from it.
for (const drawer of document.querySelectorAll("[popover]")) {
  drawer.addEventListener("click", event => {
    if (event.target.closest("a") && drawer.matches(":popover-open")) drawer.hidePopover();
  });
}
