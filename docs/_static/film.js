// A bar of our own below each film, in place of the browser's controls: it steps frame by frame,
// hides nothing of the picture, and is dark on a dark page.
const BUTTONS = { play: "Play", back: "One frame back", on: "One frame forward" };

function make(tag, attributes) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function equip(player) {
  const video = player.querySelector("video");
  const frames = Number(video.dataset.frames), fps = Number(video.dataset.fps);
  const [play, back, on] = Object.entries(BUTTONS).map(([name, label]) =>
    make("button", { type: "button", class: name, "aria-label": label, title: label }));
  const slider = make("input", { type: "range", min: 1, max: frames, value: 1, "aria-label": "Frame" });
  const text = make("span", { class: "frame" });

  const current = () => Math.min(Math.floor(video.currentTime * fps + 0.01), frames - 1);

  function show(frame) {
    slider.value = frame + 1;
    text.textContent = `frame ${frame + 1} of ${frames}`;
    slider.setAttribute("aria-valuetext", text.textContent);
  }

  function follow() {
    const label = video.paused ? "Play" : "Pause";
    play.classList.toggle("pause", !video.paused);
    play.title = label;
    play.setAttribute("aria-label", label);
    if (video.readyState) show(current());
    if (!video.paused) requestAnimationFrame(follow);
  }

  // Nothing is loaded before it is asked for.  A server that cannot send parts of a file lets
  // nobody seek: then the film plays, and does not step.
  function seek(frame) {
    for (const part of [back, on, slider]) part.disabled = !video.seekable.length || !video.seekable.end(0);
    // the middle of a frame: its edge may be rounded to the one before
    video.currentTime = (frame + 0.5) / fps;
  }

  function go(frame) {
    frame = Math.max(0, Math.min(frame, frames - 1));
    video.pause();
    show(frame);
    if (video.readyState) return seek(frame);
    video.onloadedmetadata = () => seek(Number(slider.value) - 1);
    if (video.preload === "auto") return;  // it is on its way
    video.preload = "auto";
    video.load();
  }

  function toggle() {
    if (!video.paused) return video.pause();
    if (video.readyState && current() === frames - 1) video.currentTime = 0;
    video.play();
  }

  function key(event) {
    const now = Number(slider.value) - 1;
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: frames - 1 }[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    go(to);
  }

  play.addEventListener("click", toggle);
  video.addEventListener("click", toggle);
  back.addEventListener("click", () => go(Number(slider.value) - 2));
  on.addEventListener("click", () => go(Number(slider.value)));
  slider.addEventListener("input", () => go(Number(slider.value) - 1));
  player.addEventListener("keydown", key);
  for (const event of ["play", "pause", "ended", "seeked"]) video.addEventListener(event, follow);

  player.setAttribute("role", "group");
  for (const said of ["aria-labelledby", "aria-describedby"]) player.setAttribute(said, video.getAttribute(said));
  player.querySelector(".bar").append(play, back, on, slider, text);
  video.controls = false;
  show(0);  // as the poster does
  const near = new IntersectionObserver(([seen]) => {
    if (!seen.isIntersecting) return;
    video.poster = video.dataset.poster;
    near.disconnect();
  }, { rootMargin: "50%" });
  near.observe(video);
}

for (const player of document.querySelectorAll(".film .player")) equip(player);
