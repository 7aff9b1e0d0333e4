// Everything can be read without this.
"use strict";

(() => {
  const thread = document.querySelector("ol.thread");

  const isTyping = (target) => target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT|AUDIO|VIDEO)$/.test(target.tagName));

  const step = (by) => {
    if (!thread) return;
    const all = [...thread.querySelectorAll(":scope > .message")];
    const now = all.indexOf(document.activeElement?.closest(".message"));
    const middle = () => all.findIndex((one) => one.getBoundingClientRect().bottom > innerHeight / 3);
    const next = all[now < 0 ? middle() : now + by];
    if (next) {
      next.focus({ preventScroll: true });
      next.scrollIntoView({ block: "nearest" });
    }
  };

  const follow = (rel) => document.querySelector(`a[rel="${rel}"]`)?.click();

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const actions = {
      j: () => step(1),
      k: () => step(-1),
      n: () => follow("next"),
      p: () => follow("prev"),
      "/": () => document.getElementById("find")?.focus(),
    };
    const act = actions[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  });
})();
