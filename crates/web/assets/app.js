// What every page does where scripts run: keeps the shell for offline check-ins and sends what waited.

const root = document.documentElement;

// A page kept open over the evening turns black and warm by itself; 21 and 7 are the hours of the server, too.
function followTheClock() {
  if (root.dataset.chosen !== "auto") return;
  const hour = new Date().getHours();
  root.dataset.theme = hour >= 21 || hour < 7 ? "night" : "auto";
}
let shown = Date.now();
document.addEventListener("visibilitychange", () => {
  // Only after a while: what the server drew is right at first, in the zone of the person.
  if (document.visibilityState === "visible" && Date.now() - shown > 600_000) followTheClock();
});

if ("serviceWorker" in navigator && window.isSecureContext) {
  navigator.serviceWorker.register("/sw.js").catch(() => {});
}

async function sendWaiting() {
  const queue = self.nightmendQueue;
  if (!queue || !("indexedDB" in self)) return;
  const waiting = await queue.all().catch(() => []);
  if (waiting.length === 0) return;
  const before = waiting.length;
  const outcome = await queue.send().catch(() => "offline");
  const left = await queue.all().catch(() => []);
  document.dispatchEvent(new CustomEvent("nightmend-sent", { detail: { outcome, sent: before - left.length, left } }));
}

document.addEventListener("nightmend-sent", ({ detail }) => {
  if (detail.sent === 0 || document.getElementById("waiting")) return;
  const note = document.createElement("div");
  note.className = "notice done";
  note.setAttribute("role", "status");
  const text = document.createElement("p");
  text.textContent = detail.sent === 1 ? "A check-in that waited on this device was sent. " : `${detail.sent} check-ins that waited on this device were sent. `;
  const link = document.createElement("a");
  link.href = location.pathname + location.search;
  link.textContent = "Show the page with it";
  text.append(link);
  note.append(text);
  document.querySelector("main").prepend(note);
});

const loadQueue = () => import("./queue.js").then(sendWaiting).catch(() => {});
window.addEventListener("online", loadQueue);
loadQueue();
