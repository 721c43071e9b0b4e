// Checks while somebody types: the words go to POST /check, which stores nothing, and what comes back is shown under the
// text. The focus stays where it is, and nothing moves under the hands of whoever types. Without scripts, or where this
// fails, "Check it first" does the same.
const WAIT = 600; // milliseconds without a key press
const TOO_LATE = 60_000;
// All that is sent, besides the pictures that were added and the form's token.
const WORDS = /^(text|note|own-text-.+|picture-\d+-(alt|decorative))$/;
const SENT_TOO = /^(csrf_token|picture-\d+)$/;
const SAFE = "Nothing is lost: press “Check it first”, sign in again, and your words are here.";
const SAYS = {
  400: `This page is out of date. ${SAFE}`,
  401: `You are not signed in any more. ${SAFE}`,
  413: "This is too long to be checked while you type. Press “Check it first”.",
  429: "This was checked very often. Wait a minute, then go on: it is checked again. Nothing is lost.",
};
const AWAY = "This could not be checked just now. Nothing is lost, and it is checked when you send it.";
const FRESH = "Checked as it stands now.";
const STALE = "You have changed something. It is checked again when you pause.";
const OLD = "This is from before your last change.";

const place = document.querySelector("[data-check-at]");
const form = place.closest("form");
const status = document.createElement("p");
status.className = "govuk-body govuk-visually-hidden live-check__status";
status.setAttribute("role", "status");
const state = document.createElement("p");
state.className = "govuk-body-s live-check__state";
state.hidden = true;
const result = document.createElement("div");
place.append(status, state, result);
place.hidden = false;

let timer = 0;
let request = null;
let checked = key(words()); // what the findings on the page are about; null: nothing

keepThisPage(document.getElementById("found"));

function words() {
  const data = new FormData();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && (WORDS.test(name) || SENT_TOO.test(name))) data.append(name, value);
  }
  return data;
}

function key(data) {
  return JSON.stringify([...data].filter(([name]) => WORDS.test(name)));
}

// Shown to all where something is wrong; otherwise for those who do not see the findings. Said once, not at each check.
function say(text, { wrong = false } = {}) {
  status.classList.toggle("govuk-visually-hidden", !wrong);
  if (status.textContent !== text) status.textContent = text;
}

function mark(text) {
  state.textContent = text;
  state.hidden = !result.firstChild;
  place.classList.toggle("live-check--stale", text !== FRESH && !state.hidden);
}

// The guide, in a tab of its own: what was typed here may not come back with the browser's Back.
function keepThisPage(section) {
  for (const link of section?.querySelectorAll("a:not([href^='#'])") ?? []) {
    link.target = "_blank";
    link.rel = "noopener";
    link.append(" (opens in new tab)");
  }
}

// Puts new findings on the page, and keeps what the person is at where it is on the screen.
function show(section) {
  if (result.contains(document.activeElement)) {
    result.addEventListener("focusout", () => setTimeout(() => show(section)), { once: true });
    return;
  }
  const held = document.activeElement;
  const before = held.getBoundingClientRect().top;
  if (!result.firstChild) document.getElementById("found")?.remove(); // what "Check it first" had found
  keepThisPage(section);
  result.replaceChildren(...(section ? [section] : []));
  mark(FRESH);
  const moved = held.getBoundingClientRect().top - before;
  if (held !== document.body && moved) window.scrollBy({ top: moved, behavior: "instant" });
}

async function check() {
  const data = words();
  const about = key(data);
  if (about === checked) {
    mark(FRESH);
    say(result.firstChild?.dataset.summary ?? "");
    return;
  }
  if ([...data].every(([name, value]) => !WORDS.test(name) || !value.trim())) {
    checked = about;
    show(null);
    say("");
    return;
  }
  const mine = (request = new AbortController());
  const late = setTimeout(() => mine.abort(), TOO_LATE);
  let wrong = AWAY;
  try {
    const response = await fetch(place.dataset.checkAt, { method: "POST", body: data, signal: mine.signal });
    if (response.ok) {
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const section = page.querySelector("[data-summary]");
      if (section && request === mine) {
        checked = about;
        show(section);
        say(section.dataset.summary);
        return;
      }
    } else {
      wrong = SAYS[response.status] ?? AWAY;
    }
  } catch {
    // No answer, or none in time.
  } finally {
    clearTimeout(late);
  }
  if (request !== mine) return; // a newer one is on its way
  if (!result.querySelector(".finding")) {
    result.replaceChildren(); // "nothing found" is true no more
    checked = null;
  }
  mark(OLD);
  say(wrong, { wrong: true });
}

function stop() {
  clearTimeout(timer);
  const older = request;
  request = null;
  older?.abort();
}

form.addEventListener("input", (event) => {
  if (!WORDS.test(event.target.name)) return;
  stop();
  mark(STALE);
  timer = setTimeout(check, WAIT);
});
form.addEventListener("submit", stop);
