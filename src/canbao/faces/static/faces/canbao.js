// Small behaviours shared by all pages. A page works without them, except for the chart.
"use strict";

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = document.body.dataset.csrf;
});

// A page that is too old to send anything, as after signing in elsewhere, says so in the place of the answer.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status !== 403) return;
  Object.assign(event.detail, { shouldSwap: true, isError: false, selectOverride: "main .panel-body" });
});

// A part of a page that comes later and does not come says so, and leads to where it can be asked for again.
document.addEventListener("htmx:responseError", (event) => {
  const waiting = event.detail.target.querySelector?.("[data-failed]");
  if (waiting) waiting.textContent = waiting.dataset.failed;
});

// j and k go down and up a list by its rows, Enter opens the one in focus: the link is the row's.
document.addEventListener("keydown", (event) => {
  if ((event.key !== "j" && event.key !== "k") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type='checkbox']), select, textarea, dialog[open]")) return;
  const links = [...document.querySelectorAll("main tbody th a, main .waiting-list a, #found .hits a")];
  if (!links.length) return;
  const row = document.activeElement.closest("tr");
  const place = links.findIndex((link) => link === document.activeElement || (row && link.closest("tr") === row));
  const next = Math.min(Math.max(place + (event.key === "j" ? 1 : -1), 0), links.length - 1);
  links[next].focus();
});

// What answers a POST is found again by its plain address, so that "back" and "reload" send nothing once more.
if (document.body.dataset.address) history.replaceState(null, "", document.body.dataset.address);

// A form that leads elsewhere takes the replies along as they stand now.
document.addEventListener("submit", (event) => {
  const replies = document.getElementById(event.target.dataset.carries);
  const carried = event.target.querySelector("[data-carried]");
  if (!replies || !carried) return;
  const inputs = [...new FormData(replies)]
    .filter(([name]) => name !== "csrfmiddlewaretoken")
    .map(([name, value]) => Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  carried.replaceChildren(...inputs);
});

// Who asks for the answer is brought to it, where it is not in sight: on a phone it stands below the questions.
document.addEventListener("htmx:afterSwap", (event) => {
  const asked = event.detail.requestConfig?.triggeringEvent;
  if (event.target.id !== "answer" || asked?.type !== "submit" || !asked.isTrusted) return;
  if (event.target.getBoundingClientRect().top > window.innerHeight / 2) event.target.scrollIntoView();
});

// After "back" the browser fills the replies in again, and the answer follows them.
window.addEventListener("pageshow", () => {
  if (performance.getEntriesByType("navigation")[0]?.type === "navigate") return;
  const replies = document.getElementById("asked");
  if (replies && replies.elements.born_d.value && !document.querySelector(".answer-card")) htmx.trigger(replies, "submit");
});

// "/" puts the cursor into the search box, "?" shows the keys, "g" and a letter lead to a section, as staff expect.
let leading = false;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, dialog[open]")) return;
  const keys = document.getElementById("keys");
  if (event.key === "?" && keys) keys.showModal();
  const section = leading && document.querySelector(`[data-go-key='${CSS.escape(event.key)}']`);
  leading = event.key === "g";
  if (section) section.click();
  if (event.key !== "/") return;
  const box = document.getElementById("q") || document.querySelector("[data-focus-key='/']");
  if (box) {
    event.preventDefault();
    box.focus();
    box.select();
  }
});

// The arrows go from the search box down through the people found, and back up into it; Enter opens the one in focus.
document.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const box = document.getElementById("q");
  const hits = [...document.querySelectorAll("#found .hits a")];
  const place = event.target === box ? -1 : hits.indexOf(event.target);
  if (!hits.length || (place < 0 && event.target !== box)) return;
  const next = place + (event.key === "ArrowDown" ? 1 : -1);
  if (next >= hits.length || next < -1) return;
  event.preventDefault();
  (next < 0 ? box : hits[next]).focus();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    // The link leads to a page with the same form, for browsers without scripts.
    event.preventDefault();
    document.getElementById(opener.dataset.opens).showModal();
  }
  const closer = event.target.closest("[data-closes]");
  if (closer) closer.closest("dialog").close();
  if (event.target.closest("[data-print]")) window.print();
  for (const open of document.querySelectorAll("details.me[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

// A form that moves money is sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
});

// One box ticks or clears all of a list.
document.addEventListener("change", (event) => {
  const name = event.target.dataset.ticks;
  if (!name) return;
  for (const box of event.target.form.querySelectorAll(`input[name='${CSS.escape(name)}']`)) box.checked = event.target.checked;
});

// A select or box that filters a page sends its form when it changes.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-live]");
  if (form) form.requestSubmit();
});

function showWhetherOnline() {
  const notice = document.querySelector("[data-offline]");
  if (notice) notice.hidden = navigator.onLine;
}
window.addEventListener("online", showWhetherOnline);
window.addEventListener("offline", showWhetherOnline);
document.addEventListener("htmx:sendError", () => {
  const notice = document.querySelector("[data-offline]");
  if (notice) notice.hidden = false;
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) showWhetherOnline();
});

window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details.clause:not([open]), details.fold:not([open])")) {
    details.open = true;
    details.dataset.openedForPrint = "1";
  }
});
window.addEventListener("afterprint", () => {
  for (const details of document.querySelectorAll("details[data-opened-for-print]")) {
    details.open = false;
    delete details.dataset.openedForPrint;
  }
});
