// Makes the check-in quicker where scripts run; everything here can be done without them.

const form = document.querySelector("form.check-in");

// The night is shown once pain was asked.
const night = form?.querySelector("details.night");
if (night) {
  for (const input of form.querySelectorAll("input[name=pain]")) {
    input.addEventListener("change", () => {
      if (form.querySelector("input[name=pain]:checked")?.value) night.open = true;
    });
  }
}

// A tap leads the eye to the next question. Arrow keys do not: they are still choosing.
form?.addEventListener("click", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || input.type !== "radio" || event.detail === 0) return;
  const here = input.closest(".card");
  const next = here?.nextElementSibling;
  if (!next || here.classList.contains("more")) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const box = next.getBoundingClientRect();
  if (box.bottom > innerHeight - 150) next.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
});

// A button and the box for any other amount: the later one stands.
for (const box of form?.querySelectorAll("input[name$='.other']") ?? []) {
  const radios = form.querySelectorAll(`input[type=radio][name="${box.name.replace(".other", "")}"]`);
  box.addEventListener("input", () => {
    if (box.value) for (const radio of radios) radio.checked = radio.value === "";
  });
  for (const radio of radios) radio.addEventListener("change", () => { box.value = ""; });
}

// Sent once: a second press while the first is under way does nothing.
form?.addEventListener("submit", (event) => {
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  setTimeout(() => { delete form.dataset.sent; }, 4000);
});
window.addEventListener("pageshow", () => { if (form) delete form.dataset.sent; });

// The map of the body and its boxes are two ways to the same answer.
for (const map of document.querySelectorAll(".body-map")) {
  const svg = map.querySelector("svg");
  svg.removeAttribute("aria-hidden");
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", "Map of the body, seen from behind");
  for (const region of svg.querySelectorAll(".region")) {
    const name = region.dataset.place;
    const box = [...map.querySelectorAll("input[type=checkbox]")].find((each) => each.value === name);
    const show = () => {
      region.classList.toggle("hurts", box.checked);
      region.setAttribute("aria-checked", String(box.checked));
    };
    const turn = () => { box.checked = !box.checked; box.dispatchEvent(new Event("change")); };
    region.setAttribute("role", "checkbox");
    region.setAttribute("tabindex", "0");
    region.setAttribute("aria-label", name);
    region.addEventListener("click", turn);
    region.addEventListener("keydown", (event) => {
      if (event.key === " " || event.key === "Enter") { event.preventDefault(); turn(); }
    });
    box.addEventListener("change", show);
    show();
  }
}

// The strip of 24 hours: drag what is wrong. The boxes below do the same.
const strip = form?.querySelector("[data-strip]");
if (strip) drawStrip(strip);

function drawStrip(host) {
  const names = ["in_bed", "tried", "woke", "up"];
  const inputs = names.map((name) => form.querySelector(`input[name="${name}"]`));
  // On a phone the strip is drawn narrow and not shrunk, so that its hours can be read and its handles be met.
  const width = innerWidth < 560 ? 320 : 720, step = width / 1440, make = (tag, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };
  const read = (text) => {
    const match = /^\s*(\d{1,2})[:.h]?(\d{2})?\s*$/.exec(text);
    if (!match) return null;
    const minutes = Number(match[1]) * 60 + Number(match[2] || 0);
    return minutes < 1440 ? minutes : null;
  };
  const write = (minutes) => `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  const known = inputs.map((input) => read(input.value));
  const first = known.find((value) => value !== null);
  const last = [...known].reverse().find((value) => value !== null);
  // The strip begins half a day before the middle of the night, wherever in the day that is.
  const middle = first === undefined ? 180 : (first + ((last - first + 1440) % 1440) / 2) % 1440;
  const begin = (Math.round((middle - 720) / 60) * 60 + 2880) % 1440;
  const place = (minutes) => ((minutes - begin + 1440) % 1440) * step;

  const svg = make("svg", { viewBox: `-14 0 ${width + 28} 84`, "aria-hidden": "true", focusable: "false" });
  svg.append(make("rect", { class: "rail", x: 0, y: 22, width, height: 28, rx: 14 }));
  const bed = make("rect", { class: "bed", y: 22, height: 28, rx: 8 });
  const asleep = make("rect", { class: "asleep", y: 26, height: 20, rx: 6 });
  svg.append(bed, asleep);
  for (let hour = 0; hour <= 24; hour += 4) {
    const text = make("text", { x: hour * 60 * step, y: 78 });
    text.textContent = String((begin / 60 + hour) % 24).padStart(2, "0");
    svg.append(make("line", { class: "tick", x1: hour * 60 * step, x2: hour * 60 * step, y1: 54, y2: 62 }), text);
  }
  const handles = names.map((_, at) => {
    const group = make("g", {});
    group.append(
      make("rect", { class: "grip", x: -22, y: at % 2 ? 18 : 0, width: 44, height: 48 }),
      make("circle", { class: "handle", cy: 36, r: at === 0 || at === 3 ? 7 : 9 }),
    );
    svg.append(group);
    return group;
  });
  const show = () => {
    const [inBed, tried, woke, up] = inputs.map((input) => read(input.value));
    const bar = (element, from, to) => {
      const isThere = from !== null && to !== null && place(to) >= place(from);
      element.setAttribute("visibility", isThere ? "visible" : "hidden");
      if (isThere) { element.setAttribute("x", place(from)); element.setAttribute("width", place(to) - place(from)); }
    };
    bar(bed, inBed ?? tried, up ?? woke);
    bar(asleep, tried ?? inBed, woke ?? up);
    handles.forEach((handle, at) => {
      const minutes = read(inputs[at].value);
      handle.setAttribute("visibility", minutes === null ? "hidden" : "visible");
      if (minutes !== null) handle.setAttribute("transform", `translate(${place(minutes)} 0)`);
    });
  };
  handles.forEach((handle, at) => {
    handle.addEventListener("pointerdown", (event) => {
      handle.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    handle.addEventListener("pointermove", (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      const box = svg.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * (width + 28) - 14;
      const minutes = Math.round(Math.min(Math.max(x / step, 0), 1435) / 5) * 5;
      inputs[at].value = write((begin + minutes) % 1440);
      show();
    });
  });
  inputs.forEach((input) => input.addEventListener("input", show));
  host.append(svg);
  host.hidden = false;
  show();
}

// A draft lives in its tab: a phone that does not trust this machine yet keeps nothing else, and a tab that the system
// put away comes back as it was. It goes when the check-in was saved, and with the tab.
if (form && !form.classList.contains("offline")) {
  const part = form.dataset.part, date = form.elements.date.value, place = `draft ${part} ${date}`;
  const fields = () => [...form.elements].filter((each) => each.name && each.type !== "hidden" && each.type !== "submit");
  const asked = new URLSearchParams(location.search);
  try {
    if (asked.has("done")) sessionStorage.removeItem(place);
    const kept = JSON.parse(sessionStorage.getItem(place) || "null");
    if (kept && !document.querySelector(".notice.alert")) {
      for (const field of fields()) {
        if (!(field.name in kept)) continue;
        if (field.type === "radio" || field.type === "checkbox") field.checked = kept[field.name].includes(field.value);
        else field.value = kept[field.name][0] ?? "";
        field.dispatchEvent(new Event("change"));
      }
    }
    form.addEventListener("input", () => {
      const draft = {};
      for (const field of fields()) {
        draft[field.name] ||= [];
        if (!["radio", "checkbox"].includes(field.type) || field.checked) draft[field.name].push(field.value);
      }
      sessionStorage.setItem(place, JSON.stringify(draft));
    });
  } catch {
    // Without storage a draft lives in the page alone.
  }
}
