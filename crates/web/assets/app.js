// What every page does where scripts run: registers the service worker and sends what waited offline.

const root = document.documentElement;

// A page kept open over the evening turns black and warm by itself; 21 and 7 are the hours of the server.
function followTheClock() {
  if (root.dataset.chosen !== "auto") return;
  const hour = new Date().getHours();
  root.dataset.theme = hour >= 21 || hour < 7 ? "night" : "auto";
}
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && root.dataset.clock !== "still") followTheClock();
});
