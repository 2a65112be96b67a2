// Sends the files of a form one by one, each with its own progress, so that one that is refused or
// breaks off takes no other with it. Without this script the form sends all of them at once.

const form = document.querySelector("form[data-upload]");
const words = form?.dataset ?? {};

function chosen() {
  return [...form.querySelectorAll('input[type="file"]')].flatMap((input) => [...input.files]);
}

function made(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

function newRow(file) {
  const row = made("li", "upload");
  const bar = made("progress", "upload-bar");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  row.append(made("span", "upload-name", file.name), bar, made("span", "upload-said", words.waiting));
  return row;
}

function tell(row, state, sentence) {
  row.className = `upload ${state}`;
  row.querySelector(".upload-said").textContent = sentence;
}

// What the form says now goes with the file, also with one that is tried again later.
function body(file) {
  const data = new FormData(form);
  data.delete("file");
  data.append("file", file, file.name);
  return data;
}

// Answers with what the server said, or null where nothing that can be read came back.
function post(file, onProgress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("loadend", () => resolve(request.response));
    request.send(body(file));
  });
}

// again: whether trying once more may help.
function verdict(answer) {
  if (!answer?.files) return { stored: false, sentence: words.noAnswer, again: true };
  const wrong = Object.values(answer.errors ?? {}).flat().join(" ");
  return answer.files[0] ?? { stored: false, sentence: wrong, again: true };
}

async function send(file, row) {
  const bar = row.querySelector("progress");
  const limit = Number(words.upload);
  row.querySelector("button")?.remove();
  let said = { stored: false, sentence: words.tooLarge };
  if (file.size <= limit) {
    tell(row, "sending", "");
    said = verdict(await post(file, (part) => { bar.value = part; }));
  }
  bar.value = said.stored ? 1 : 0;
  tell(row, said.stored ? "done" : "refused", said.sentence);
  if (said.again) offerAgain(file, row);
  return said.stored;
}

function offerAgain(file, row) {
  const again = made("button", "btn btn-outline-primary btn-sm", words.again);
  again.type = "button";
  again.addEventListener("click", async () => {
    if (await send(file, row)) await refresh();
  });
  row.append(again);
}

// The list and the room that is left, as the server shows them now.
async function refresh() {
  try {
    const answer = await fetch(form.action, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of document.querySelectorAll("[data-fresh]")) {
      const fresh = page.querySelector(`[data-fresh="${old.dataset.fresh}"]`);
      if (fresh) old.replaceWith(fresh);
    }
  } catch {
    // The files are stored; the list shows them when the page is loaded again.
  }
}

async function sendAll(event) {
  const files = chosen();
  if (!files.length) return; // the server says what is missing
  event.preventDefault();
  const list = form.querySelector("[data-uploads]");
  const button = form.querySelector(".actions button");
  const rows = files.map(newRow);
  list.replaceChildren(...rows);
  list.hidden = false;
  button.disabled = true;
  let stored = 0;
  for (const [index, file] of files.entries()) {
    if (await send(file, rows[index])) stored += 1;
  }
  form.querySelectorAll('input[type="file"]').forEach((input) => { input.value = ""; });
  button.disabled = false;
  if (stored) await refresh();
}

function enableDropping(zone) {
  const input = zone.querySelector('input[type="file"]');
  zone.querySelector(".drop-hint").hidden = !window.matchMedia("(hover: hover)").matches;
  const over = (event) => {
    event.preventDefault();
    zone.classList.add("over");
  };
  zone.addEventListener("dragenter", over);
  zone.addEventListener("dragover", over);
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    const all = new DataTransfer();
    [...input.files, ...event.dataTransfer.files].forEach((file) => all.items.add(file));
    input.files = all.files;
  });
  // Beside the zone a browser would leave the page and show the file.
  for (const name of ["dragover", "drop"]) {
    window.addEventListener(name, (event) => event.preventDefault());
  }
}

if (form) {
  form.addEventListener("submit", sendAll);
  enableDropping(form.querySelector("[data-drop]"));
}
