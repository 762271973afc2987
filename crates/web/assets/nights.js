// Opens the night that is pointed at in an actogram; the list below it does the same for the keyboard.

for (const figure of document.querySelectorAll(".opens-nights svg[data-first]")) {
  figure.addEventListener("click", (event) => {
    const box = figure.getBoundingClientRect();
    const y = ((event.clientY - box.top) / box.height) * figure.viewBox.baseVal.height;
    const row = Math.floor((y - Number(figure.dataset.top)) / Number(figure.dataset.row));
    if (row < 0) return;
    const date = new Date(figure.dataset.first + "T12:00:00Z");
    date.setUTCDate(date.getUTCDate() + row);
    location.href = "/nights/" + date.toISOString().slice(0, 10);
  });
}
