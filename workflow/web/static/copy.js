// Buttons that copy a field's text. They are hidden until this runs: without scripts a person selects and copies.
const said = document.createElement("div");
said.className = "govuk-visually-hidden";
said.setAttribute("role", "status");
document.querySelector("main").append(said);

for (const button of document.querySelectorAll("button[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = button.dataset.done;
    } catch {
      // No permission, or no secure address: select it, so that one key press copies it.
      field.focus();
      field.select();
      said.textContent = "Selected. Press Ctrl and C to copy.";
    }
  });
}
