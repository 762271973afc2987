// Shows how far a fit is, and puts the finished answer in the place of the first one when it arrives.

const answer = document.getElementById("answer");
if (answer && window.EventSource) {
  const events = new EventSource("/loop/events" + location.search);
  events.addEventListener("working", (event) => {
    const step = JSON.parse(event.data);
    const bar = document.querySelector("#answer progress");
    if (!bar) return refresh();
    if (step.total > 0) {
      bar.max = step.total;
      bar.value = step.done;
    }
    const words = document.getElementById("stage");
    if (words && words.textContent !== step.stage) words.textContent = step.stage;
  });
  events.addEventListener("answered", (event) => {
    if (event.data !== answer.dataset.answer) refresh();
  });
  addEventListener("pagehide", () => events.close());
}

let asking = false;
async function refresh() {
  if (asking) return;
  asking = true;
  try {
    const page = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!page.ok) return;
    const next = new DOMParser().parseFromString(await page.text(), "text/html").getElementById("answer");
    if (!next) return;
    const open = [...answer.querySelectorAll("details[open] > summary")].map((part) => part.textContent);
    answer.replaceChildren(...next.childNodes);
    answer.dataset.answer = next.dataset.answer;
    for (const part of answer.querySelectorAll("details > summary")) {
      if (open.includes(part.textContent)) part.parentElement.open = true;
    }
  } finally {
    asking = false;
  }
}
