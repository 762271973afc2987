// Takes dropped files, sends them, and draws the nights while they are read.

const drop = document.getElementById("drop");
if (drop) {
  const input = drop.querySelector("input[type=file]");
  const say = document.getElementById("drop-says");
  const send = (files) => {
    if (!files.length) return;
    const form = new FormData();
    for (const field of drop.querySelectorAll("select, input[type=hidden]")) form.append(field.name, field.value);
    let size = 0;
    for (const file of files) {
      form.append("files", file, file.name);
      size += file.size;
    }
    const request = new XMLHttpRequest();
    request.open("POST", drop.action);
    request.setRequestHeader("x-csrf-token", document.querySelector("meta[name=csrf-token]").content);
    request.setRequestHeader("accept", "application/json");
    request.upload.onprogress = (event) => {
      say.textContent = "Sending: " + Math.round((100 * event.loaded) / Math.max(1, size)) + " %";
    };
    request.onload = () => {
      try {
        const told = JSON.parse(request.responseText);
        if (told.page) return location.assign(told.page);
        say.textContent = told.message || "This could not be sent.";
      } catch {
        say.textContent = request.status === 413 ? "This is too much at once; send fewer files." : "This could not be sent.";
      }
    };
    request.onerror = () => {
      say.textContent = "The connection broke off; nothing was kept. Send it again.";
    };
    say.textContent = "Sending";
    request.send(form);
  };
  input.addEventListener("change", () => send(input.files));
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    send(event.dataTransfer.files);
  });
}

const reading = document.getElementById("reading");
if (reading && window.EventSource) {
  const nights = [];
  const canvas = reading.querySelector("canvas");
  const events = new EventSource(reading.dataset.events);
  events.addEventListener("nights", (event) => {
    nights.push(...JSON.parse(event.data));
    requestAnimationFrame(draw);
  });
  events.addEventListener("reading", (event) => {
    const step = JSON.parse(event.data);
    document.getElementById("stage").textContent = step.stage + (step.done ? ", " + Math.round(step.done / 1024) + " kB" : "");
  });
  events.addEventListener("done", () => {
    events.close();
    location.reload();
  });
  addEventListener("pagehide", () => events.close());

  // A line a night, noon to noon, the oldest on top; the lines grow closer as more years come in.
  const draw = () => {
    const scale = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    canvas.width = width * scale;
    canvas.height = height * scale;
    const paper = canvas.getContext("2d");
    paper.scale(scale, scale);
    paper.fillStyle = getComputedStyle(canvas).color;
    const dates = nights.map((night) => night[0]);
    const first = dates.reduce((a, b) => Math.min(a, b), Infinity);
    const last = dates.reduce((a, b) => Math.max(a, b), -Infinity);
    const row = Math.min(14, height / (last - first + 1));
    paper.globalAlpha = 0.8;
    for (const [date, from, to] of nights) {
      paper.fillRect((from / 1440) * width, (date - first) * row, ((to - from) / 1440) * width, Math.max(0.8, row * 0.86));
    }
    document.getElementById("count").textContent = nights.length + " sleeps read";
  };
}
