/* Comfort only: every page works without this file. */
"use strict";
(() => {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const format = new Intl.DateTimeFormat("en-GB", {
    day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
    timeZoneName: "short",
  });

  /* As the server writes it: three letters, September too. */
  const write = (moment) => format.format(moment).replace("Sept", "Sep");

  /* Moments are shown in the reader's zone; the title keeps UTC. Due dates carry no data-local. */
  const localise = (root) => {
    for (const element of root.querySelectorAll("time[data-local]")) {
      const moment = new Date(element.dateTime);
      if (Number.isNaN(moment.getTime())) continue;
      if (element.dataset.local !== "ago") element.textContent = write(moment);
      else element.title = `${write(moment)}, ${element.title}`;
      element.dataset.zone = zone;
      element.removeAttribute("data-local");
    }
  };

  /* A copy button copies the field it names and says so to everybody. */
  const copy = async (button) => {
    const field = document.getElementById(button.dataset.copy);
    const said = document.getElementById(`${button.dataset.copy}-said`);
    if (!field) return;
    try {
      await navigator.clipboard.writeText(field.value);
      if (said) said.textContent = "Copied.";
    } catch {
      field.select();
      if (said) said.textContent = "Selected. Copy it with your keyboard.";
    }
  };

  /* One box ticks all of a name; the server never sees it. */
  const tickAll = (box) => {
    for (const one of document.getElementsByName(box.dataset.all)) one.checked = box.checked;
  };

  const wake = (root) => {
    localise(root);
    const helpers = root.querySelectorAll("button[data-copy], input[data-all]");
    for (const helper of helpers) helper.hidden = false;
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button[data-copy]");
    if (button) copy(button);
    const field = event.target.closest?.("input[data-select]");
    if (field) field.select();
    const all = event.target.closest?.("input[data-all]");
    if (all) tickAll(all);
  });
  document.addEventListener("htmx:load", (event) => wake(event.detail.elt));
  wake(document);
})();
