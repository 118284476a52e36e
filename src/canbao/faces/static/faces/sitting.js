// Says in time that the session ends, lets it go on, and keeps an open page with what was typed usable afterwards.
"use strict";

(() => {
  const dialog = document.getElementById("sitting");
  if (!dialog || !Number(dialog.dataset.left)) return;
  const WARN_SECONDS = Math.min(120, Number(dialog.dataset.left) / 2);
  let ends = Date.now() + Number(dialog.dataset.left) * 1000;

  const left = () => Math.ceil((ends - Date.now()) / 1000);

  function show(state) {
    for (const part of dialog.querySelectorAll("[data-while]")) part.hidden = part.dataset.while !== state;
    if (!dialog.open) dialog.showModal();
  }

  // Another window may have gone on, or signed in anew: then forms here need its token.
  async function ask(method) {
    const answer = await fetch(dialog.dataset.asks, { method, headers: { "X-CSRFToken": document.body.dataset.csrf } });
    const known = answer.ok ? await answer.json() : { left: 0 };
    ends = Date.now() + known.left * 1000;
    if (!known.left) return;
    document.body.dataset.csrf = known.csrf;
    for (const field of document.querySelectorAll("input[name='csrfmiddlewaretoken']")) field.value = known.csrf;
  }

  async function look() {
    if (left() > WARN_SECONDS) return;
    if (!dialog.open) {
      await ask("GET").catch(() => {});
      if (left() > WARN_SECONDS) return;
    }
    dialog.querySelector("[data-counts]").textContent = Math.max(0, left());
    show(left() > 0 ? "ending" : "ended");
  }

  async function goOn(method) {
    await ask(method).catch(() => {});
    if (left() > 0) dialog.close();
    else show("ended");
  }

  dialog.querySelector("[data-goes-on]").addEventListener("click", () => goOn("POST"));
  dialog.querySelector("[data-came-back]").addEventListener("click", () => goOn("GET"));
  // Escape would hide that the session is over.
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  document.addEventListener("visibilitychange", () => document.hidden || look());
  setInterval(look, 1000);
})();
