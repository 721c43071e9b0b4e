// Buttons that copy a field's text. They are hidden until this runs: without scripts a person selects and copies.
const said = document.createElement("div");
said.className = "govuk-visually-hidden";
said.setAttribute("role", "status");
document.querySelector("main").append(said);

const buttons = document.querySelectorAll("button[data-copies]");
for (const button of buttons) {
  const field = document.getElementById(button.dataset.copies);
  button.hidden = false;
  button.addEventListener("click", async () => {
    let outcome = "Copied";
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      // No permission, or no secure address: select it, so that one key press copies it.
      field.focus();
      field.select();
      outcome = "Selected: press Ctrl and C to copy";
    }
    for (const each of buttons) each.firstChild.nodeValue = each === button ? outcome : "Copy";
    said.textContent = outcome;
  });
}
