// Puts the rows of a draft in order: by dragging a grip, by its arrow keys, or by two buttons.
// The place of a row is a number in its form, which works without this script too.

const words = document.querySelector("[data-reorder]")?.dataset ?? {};

function rowsOf(group) {
  return [...group.querySelectorAll(".inline-related:not(.empty-form)")];
}

function placeOf(row) {
  return row.querySelector('input[name$="-position"]');
}

function renumber(group) {
  rowsOf(group).forEach((row, index) => {
    const place = placeOf(row);
    if (place) place.value = index + 1;
  });
}

function tell(group, row) {
  const rows = rowsOf(group);
  const place = `${rows.indexOf(row) + 1} / ${rows.length}`;
  group.querySelector(".reorder-said").textContent = place;
}

// Only the others move: a row that is taken out of the page loses the focus and the pointer.
function moveTo(group, row, to) {
  const rows = rowsOf(group);
  const at = rows.indexOf(row);
  if (to < 0 || to >= rows.length || to === at) return;
  if (to < at) rows.slice(to, at).reverse().forEach((one) => row.after(one));
  else rows.slice(at + 1, to + 1).forEach((one) => row.before(one));
}

function move(group, row, by) {
  moveTo(group, row, rowsOf(group).indexOf(row) + by);
  renumber(group);
  tell(group, row);
}

function button(name, sign, action) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "reorder-button";
  made.title = name;
  made.setAttribute("aria-label", name);
  made.textContent = sign;
  made.addEventListener("click", action);
  return made;
}

function drag(group, row, grip, start) {
  start.preventDefault();
  grip.focus();
  grip.setPointerCapture(start.pointerId);
  group.classList.add("reordering"); // folds the rows, so that they can be seen together
  row.classList.add("dragged");
  window.scrollBy(0, grip.getBoundingClientRect().top - start.clientY);

  const follow = (event) => {
    const others = rowsOf(group).filter((one) => one !== row);
    const above = others.filter((one) => {
      const box = one.getBoundingClientRect();
      return box.top + box.height / 2 < event.clientY;
    });
    moveTo(group, row, above.length);
    if (event.clientY < 60) window.scrollBy(0, -15);
    if (event.clientY > window.innerHeight - 60) window.scrollBy(0, 15);
  };
  const drop = () => {
    grip.removeEventListener("pointermove", follow);
    group.classList.remove("reordering");
    row.classList.remove("dragged");
    renumber(group);
    tell(group, row);
    row.scrollIntoView({ block: "nearest" });
  };
  grip.addEventListener("pointermove", follow);
  grip.addEventListener("lostpointercapture", drop, { once: true });
}

function equip(group, row) {
  const heading = row.querySelector("h3");
  if (!heading || !placeOf(row) || heading.querySelector(".reorder")) return;
  const tools = document.createElement("span");
  tools.className = "reorder";
  const up = button(words.up, "↑", () => move(group, row, -1));
  const down = button(words.down, "↓", () => move(group, row, 1));
  const grip = button(words.grip, "⠿", () => {});
  grip.classList.add("grip");
  grip.addEventListener("pointerdown", (event) => drag(group, row, grip, event));
  grip.addEventListener("keydown", (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    move(group, row, by);
  });
  tools.append(grip, up, down);
  heading.prepend(tools);
}

function begin(group) {
  if (!group.querySelector('input[name$="-position"]')) return;
  const said = document.createElement("span");
  said.className = "reorder-said visually-hidden";
  said.setAttribute("role", "status");
  group.append(said);
  rowsOf(group).forEach((row) => equip(group, row));
}

if (words.up) {
  document.querySelectorAll(".inline-group").forEach(begin);
  document.addEventListener("formset:added", (event) => {
    const group = event.target.closest(".inline-group");
    if (group) equip(group, event.target);
  });
}
