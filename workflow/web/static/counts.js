// Counts while somebody types, as workflow.publishing does: grapheme clusters of the text as it would be stored.
// A network that counts in its own way has no data-unit: its number is then the server's, from "Check it first".
const segmenter = "Segmenter" in Intl ? new Intl.Segmenter("en", { granularity: "grapheme" }) : null;
const SAY_AFTER = 1000; // milliseconds without a key press, so that a screen reader is not interrupted

// The same as tidied() in workflow/review/words.py.
export function tidied(text) {
  const lines = text.replaceAll("\r\n", "\n").replaceAll("\r", "\n").split("\n");
  const empty = (line) => /^[ \t]*$/.test(line);
  let first = 0;
  let last = lines.length;
  while (last - first > 1 && empty(lines[first])) first += 1;
  while (last - first > 1 && empty(lines[last - 1])) last -= 1;
  return lines.slice(first, last).join("\n");
}

export function graphemes(text) {
  let count = 0;
  for (const _ of segmenter.segment(text)) count += 1;
  return count;
}

const grouped = (number) => number.toLocaleString("en-GB");

function watch(list) {
  const field = document.getElementById(list.id.replace(/-counts$/, ""));
  const spoken = document.createElement("div");
  spoken.className = "govuk-visually-hidden";
  spoken.setAttribute("role", "status");
  list.after(spoken);
  let timer = 0;

  function count() {
    const length = graphemes(tidied(field.value));
    const over = [];
    for (const line of list.querySelectorAll("li[data-unit=graphemes]")) {
      const number = line.querySelector(".counts__number");
      const limit = Number(line.dataset.limit ?? 0);
      const tooMany = limit ? Math.max(0, length - limit) : 0;
      number.textContent =
        (limit ? `${grouped(length)} of ${grouped(limit)} characters` : `${grouped(length)} characters`) +
        (tooMany ? `, ${grouped(tooMany)} too many` : "");
      number.classList.toggle("counts__number--over", tooMany > 0);
      if (tooMany) over.push(`${line.dataset.network}: ${grouped(tooMany)} characters too many`);
    }
    clearTimeout(timer);
    timer = setTimeout(() => (spoken.textContent = over.join(". ")), SAY_AFTER);
  }

  field.addEventListener("input", count);
  window.addEventListener("pageshow", count); // the browser may have put words back into the field
  count();
}

if (segmenter) document.querySelectorAll("ul.counts[id]").forEach(watch);
