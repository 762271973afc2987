// The check-in without a server: kept on this device, sent once when the server can be reached.

import "./queue.js";

const queue = self.nightmendQueue;
const form = document.querySelector("form.offline");
const box = document.getElementById("waiting");

// The date on the wall of this device; before four in the morning an evening belongs to the day before.
function dateOf(part) {
  const now = new Date();
  if (part === "evening" && now.getHours() < 4) now.setDate(now.getDate() - 1);
  const two = (number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

async function show(message) {
  const waiting = await queue.all().catch(() => []);
  box.replaceChildren();
  const note = document.createElement("div");
  note.className = "notice done";
  if (message) {
    const text = document.createElement("p");
    text.textContent = message;
    note.append(text);
  }
  if (waiting.length > 0) {
    const list = document.createElement("ul");
    list.className = "waiting";
    for (const entry of waiting) {
      const item = document.createElement("li");
      item.textContent = `${entry.check_in.part} of ${entry.check_in.date}` + (entry.problem ? `: ${entry.problem}` : ": waits to be sent");
      list.append(item);
    }
    note.append(list);
  }
  if (note.childNodes.length > 0) box.append(note);
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopImmediatePropagation();
  const part = form.dataset.part;
  form.elements.date.value = dateOf(part);
  const pairs = [...new FormData(form).entries()];
  const told = pairs.filter(([name, value]) => value !== "" && !["part", "date", "basis", "where.asked"].includes(name) && !name.startsWith("was."));
  if (told.length === 0) { await show("Nothing was answered, so nothing was kept."); return; }
  await queue.add(queue.entry(pairs, crypto.randomUUID()));
  form.reset();
  scrollTo({ top: 0 });
  const outcome = await queue.send().catch(() => "offline");
  await show(said(outcome));
}, { capture: true });

function said(outcome) {
  return {
    sent: "Sent. nightmend has it on its disk.",
    locked: "Kept on this device. The pages are locked: unlock them, and it is sent.",
    offline: "Kept on this device. It is sent once nightmend can be reached.",
    busy: "Kept on this device. It is being sent.",
  }[outcome];
}

document.addEventListener("nightmend-sent", ({ detail }) => show(said(detail.outcome)));
const listener = new BroadcastChannel("nightmend-queue");
listener.onmessage = () => show();
show();
setInterval(async () => {
  if ((await queue.all().catch(() => [])).some((entry) => !entry.problem)) {
    const outcome = await queue.send().catch(() => "offline");
    if (outcome === "sent") show(said(outcome));
  }
}, 15_000);
