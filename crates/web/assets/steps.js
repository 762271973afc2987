// Runs the wind-down as a sequence with a timer. The page reads the same without it; nothing is sent or kept, and there is
// no sound.

const timer = document.querySelector("[data-timer]");
const parts = [...document.querySelectorAll("[data-sequence] > li")];

if (timer && parts.length > 0) {
  const now = timer.querySelector("[data-now]");
  const clock = timer.querySelector("[data-clock]");
  const [start, hold, skip] = ["start", "pause", "skip"].map((name) => timer.querySelector(`[data-${name}]`));
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

  // Movements with two sides are two turns of the same length.
  const turns = parts.flatMap((part) => {
    const { seconds, sides, title } = part.dataset;
    const words = sides === "2" ? [`${title}: one side`, `${title}: the other side`] : [title];
    return words.map((said) => ({ part, said, seconds: Number(seconds) }));
  });

  let turn = -1;
  let left = 0;
  let beat = null;

  const show = () => {
    clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  };

  const next = () => {
    parts.forEach((part) => part.classList.remove("now"));
    turn += 1;
    if (turn >= turns.length) return finish();
    const { part, said, seconds } = turns[turn];
    left = seconds;
    part.classList.add("now");
    part.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
    now.textContent = said;
    show();
  };

  const finish = () => {
    clearInterval(beat);
    beat = null;
    now.textContent = "Done. Good night.";
    clock.textContent = "";
    start.hidden = false;
    start.textContent = "Once more";
    hold.hidden = skip.hidden = true;
    turn = -1;
  };

  const tick = () => {
    left -= 1;
    if (left <= 0) next();
    else show();
  };

  const run = () => {
    beat ??= setInterval(tick, 1000);
    hold.textContent = "Hold";
  };

  start.addEventListener("click", () => {
    start.hidden = true;
    hold.hidden = skip.hidden = false;
    next();
    run();
    hold.focus();
  });
  hold.addEventListener("click", () => {
    if (beat === null) return run();
    clearInterval(beat);
    beat = null;
    hold.textContent = "Go on";
  });
  skip.addEventListener("click", next);

  timer.hidden = false;
}
