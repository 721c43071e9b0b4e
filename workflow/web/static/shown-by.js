// Parts of a form that only matter with one choice are shown with it. Without scripts they are always shown.
for (const part of document.querySelectorAll("[data-shown-by]")) {
  const choice = document.getElementById(part.dataset.shownBy);
  const show = () => (part.hidden = !choice.checked);
  for (const other of document.getElementsByName(choice.name)) other.addEventListener("change", show);
  window.addEventListener("pageshow", show); // the browser may have put the choice back
  show();
}
