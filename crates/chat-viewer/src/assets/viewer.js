// Everything can be read without this.
"use strict";

(() => {
  const thread = document.querySelector("ol.thread");
  const main = document.getElementById("main");
  const keys = document.getElementById("keys");

  const isTyping = (target) => target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT|AUDIO|VIDEO)$/.test(target.tagName));

  const messages = () => [...thread.querySelectorAll(":scope > .message")];

  const current = () => document.activeElement?.closest?.("ol.thread > .message") ?? null;

  const step = (by) => {
    if (!thread) return;
    const all = messages();
    const now = all.indexOf(current());
    const inView = () => all.findIndex((one) => one.getBoundingClientRect().bottom > innerHeight / 3);
    const next = all[now < 0 ? inView() : now + by];
    if (!next) return;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };

  const follow = (rel) => document.querySelector(`a[rel="${rel}"]`)?.click();

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || keys?.open) return;
    const actions = {
      j: () => step(1),
      k: () => step(-1),
      ArrowDown: () => step(1),
      ArrowUp: () => step(-1),
      n: () => follow("next"),
      p: () => follow("prev"),
      Enter: () => current()?.querySelector("a.forms")?.click(),
      "/": () => document.getElementById("find")?.focus(),
      "?": () => keys?.showModal(),
    };
    const act = actions[event.key];
    // without a message in focus the arrows scroll and Enter follows links, as everywhere
    const isPlain = !/^(Arrow|Enter)/.test(event.key) || event.target === current();
    if (!act || !isPlain || !thread && /^[jk]$/.test(event.key)) return;
    event.preventDefault();
    act();
  });

  const print = document.getElementById("print");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }

  // More of a conversation in place, instead of on another page.
  const dayOf = (item) => item?.matches(".day") ? item.dataset.day : null;

  const splice = (page, isEarlier) => {
    const items = [...page.querySelectorAll("ol.thread > li")]
      .filter((item) => !item.id || !document.getElementById(item.id))
      .map((item) => document.adoptNode(item));
    if (isEarlier) {
      const days = items.filter((item) => item.matches(".day"));
      const first = thread.firstElementChild;
      if (first && dayOf(first) === dayOf(days.at(-1))) first.remove();
      thread.prepend(...items);
    } else {
      const days = thread.querySelectorAll(":scope > .day");
      if (dayOf(items[0]) !== null && dayOf(items[0]) === dayOf(days[days.length - 1])) items.shift();
      thread.append(...items);
    }
  };

  const load = async (turn) => {
    const isEarlier = turn.matches(".earlier");
    const side = isEarlier ? ".turn.earlier" : ".turn.later";
    const link = turn.querySelector("a[rel]");
    turn.setAttribute("aria-busy", "true");
    const answer = await fetch(link.href);
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const height = document.documentElement.scrollHeight;
    const top = scrollY;
    splice(page, isEarlier);
    const next = page.querySelector(side);
    if (next) turn.replaceWith(document.adoptNode(next)); else turn.remove();
    if (isEarlier) {
      scrollTo({ top: top + document.documentElement.scrollHeight - height, behavior: "instant" });
    }
    const told = document.getElementById("loaded");
    if (told) told.textContent = told.dataset.text;
    watch();
  };

  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      // the links stay, and they lead to the same messages
      load(target).catch(() => target.removeAttribute("aria-busy"));
    }
  }, { rootMargin: "400px 0px" });

  const watch = () => document.querySelectorAll(".turn:not([aria-busy])").forEach((turn) => seen.observe(turn));

  if (thread && main?.matches(".conversation")) {
    // whoever comes to no place in particular begins at the end, as in every messenger
    if (!location.search && !location.hash) scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
    const target = thread.querySelector(".message.target");
    if (target) {
      target.scrollIntoView({ block: "center", behavior: "instant" });
      target.focus({ preventScroll: true });
    }
    document.documentElement.classList.add("splices");
    addEventListener("load", watch, { once: true });
  }
})();
