// Buttons that copy a text or print the page. Without this script they stay hidden: the text can be
// selected, and every browser prints.

function tell(button, text) {
  const said = button.parentElement.querySelector("[role=status]");
  if (said) said.textContent = text;
}

async function copy(button) {
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy"); // where a page without TLS has no clipboard
  }
  tell(button, button.dataset.done);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
