"use strict";
// Search in a folder that is opened from disk. A page from disk may not fetch files, but it may
// load scripts: each part of the index is one that hands its data to `chatRecords`.
(() => {
  const PAGE = 30;
  const KEEP = 40;
  const WORD_CHARS = 64;
  const BREAK = "\ue000";
  const MOST_TOKENS = 2000;
  const main = document.getElementById("main");
  const say = document.getElementById("said");
  const list = document.getElementById("hits");
  const more = document.getElementById("more");
  const field = document.getElementById("q");
  const words = main.dataset;
  const parts = new Map();
  const waiting = new Map();
  let index = null;
  let turn = 0;

  window.chatRecords = (name, data) => {
    const done = waiting.get(name);
    if (done) done(data);
  };

  function load(name) {
    const known = parts.get(name);
    if (known) {
      parts.delete(name);
      parts.set(name, known);
      return known;
    }
    const loaded = new Promise((resolve, reject) => {
      const script = document.createElement("script");
      const end = (settle, value) => {
        waiting.delete(name);
        script.remove();
        settle(value);
      };
      waiting.set(name, (data) => end(resolve, data));
      script.onerror = () => end(reject, new Error(name));
      script.src = "search/" + name + ".js";
      document.head.append(script);
    });
    parts.set(name, loaded);
    loaded.catch(() => parts.delete(name));
    if (parts.size > KEEP) parts.delete(parts.keys().next().value);
    return loaded;
  }

  // The same cut as the index: words, and single characters of scripts without spaces.
  const ACCENT = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]/g;
  const SINGLE = /[\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f\u3031-\u3035\u3038-\u303c\u3040-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{1b000}-\u{1b16f}\u{20000}-\u{3fffd}\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f]/u;
  const HIDDEN = /[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\u{e0000}-\u{e0fff}]/u;
  const SIGN = /[\u2190-\u23ff\u2500-\u27bf\u2900-\u297f\u2b00-\u2bff\u{1f000}-\u{1fbff}]/u;
  const LETTER = /[\p{Alphabetic}\p{N}]/u;
  const MARK = /\p{M}/u;
  const PIECE = /[\s\S](?:[\p{M}\u1160-\u11ff\uff9e\uff9f])*/gu;

  function cut(text) {
    const tokens = [];
    let last = "";
    let gap = false;
    let chars = 0;
    for (const found of text.matchAll(PIECE)) {
      const from = found.index;
      const to = from + found[0].length;
      const folded = found[0].normalize("NFKD").replace(ACCENT, "").normalize("NFC")
        .toLowerCase().replaceAll("ß", "ss").replaceAll("ς", "σ");
      for (const c of folded) {
        const goesOn = last === "letter" && !gap;
        let kind;
        if (c < "\u0080") kind = /[0-9a-z]/.test(c) ? "letter" : "gap";
        else if (SINGLE.test(c)) kind = "single";
        else if (HIDDEN.test(c)) continue;
        else if (SIGN.test(c)) kind = "sign";
        else if (LETTER.test(c)) kind = "letter";
        else if (MARK.test(c)) kind = "mark";
        else kind = "gap";
        if (kind === "gap") {
          gap = true;
          continue;
        }
        if (kind === "mark" && !goesOn) continue;
        if (goesOn && (kind === "letter" || kind === "mark")) {
          chars += 1;
        } else {
          if (kind === "single" && last === "single" && gap) {
            tokens.push({ word: BREAK, from, to: from, isWord: false });
          }
          tokens.push({ word: "", from, to, isWord: kind === "letter" });
          chars = 1;
          last = kind;
          gap = false;
        }
        const token = tokens[tokens.length - 1];
        if (chars <= WORD_CHARS) token.word += c;
        token.to = to;
      }
    }
    return tokens;
  }

  // Lists of what must be there and what must not; a message that passes one of them is a hit.
  function parse(text) {
    const groups = [{ wanted: [], unwanted: [] }];
    let not = false;
    for (const [piece] of text.matchAll(/[-－]?["“”「＂][^"“”「」＂]*["“”」＂]?[*＊]?|[^\s"“”「＂]+/gu)) {
      if (piece === "OR") {
        groups.push({ wanted: [], unwanted: [] });
        continue;
      }
      if (piece === "AND") continue;
      if (piece === "NOT") {
        not = true;
        continue;
      }
      const tokens = cut(piece);
      if (tokens.length === 0) continue;
      const isPrefix = /[*＊]$/.test(piece) && tokens[tokens.length - 1].isWord;
      const phrase = { words: tokens.map((token) => token.word), isPrefix };
      const group = groups[groups.length - 1];
      (not || /^[-－]/.test(piece) ? group.unwanted : group.wanted).push(phrase);
      not = false;
    }
    return groups.filter((group) => group.wanted.length > 0);
  }

  // By the numbers of characters, as the index is sorted.
  function compare(a, b) {
    let at = 0;
    for (;;) {
      const x = a.codePointAt(at);
      const y = b.codePointAt(at);
      if (x === undefined || y === undefined) return (x === undefined ? 0 : 1) - (y === undefined ? 0 : 1);
      if (x !== y) return x - y;
      at += x > 0xffff ? 2 : 1;
    }
  }

  // The files that may have this word: all behind the last that begins before it.
  function filesOf(word, isPrefix) {
    const first = index.tokens;
    let from = 0;
    let to = first.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (compare(first[middle], word) < 0) from = middle + 1;
      else to = middle;
    }
    const files = from > 0 ? [from - 1] : [];
    for (; from < first.length; from += 1) {
      if (isPrefix ? !first[from].startsWith(word) : first[from] !== word) break;
      files.push(from);
    }
    return files;
  }

  function decode(text, messages, places) {
    const bytes = atob(text);
    let at = 0;
    let message = 0;
    let here = null;
    const number = () => {
      let value = 0;
      let unit = 1;
      for (;;) {
        const byte = bytes.charCodeAt(at);
        at += 1;
        value += (byte & 127) * unit;
        if (byte < 128) return value;
        unit *= 128;
      }
    };
    while (at < bytes.length) {
      const next = number();
      if (next % 2 === 0) {
        message += next / 2;
        here = [number()];
        messages.push(message);
        places.push(here);
      } else {
        here.push(here[here.length - 1] + (next - 1) / 2);
      }
    }
  }

  // Messages that have a word, with its places in them.
  async function postings(word, isPrefix) {
    const files = await Promise.all(filesOf(word, isPrefix).map((file) => load("t" + file)));
    const messages = [];
    const places = [];
    let tokens = 0;
    let before = null;
    for (const file of files) {
      for (const [token, , block] of file) {
        if (isPrefix ? !token.startsWith(word) : token !== word) continue;
        if (token !== before) tokens += 1;
        if (tokens > MOST_TOKENS) break;
        before = token;
        decode(block, messages, places);
      }
    }
    if (tokens < 2) return { messages, places };
    const merged = new Map();
    messages.forEach((message, at) => {
      const known = merged.get(message);
      merged.set(message, known ? known.concat(places[at]) : places[at]);
    });
    const sorted = [...merged.keys()].sort((a, b) => a - b);
    return { messages: sorted, places: sorted.map((message) => merged.get(message)) };
  }

  // Messages that have all words of a phrase in a row, newest first.
  async function phrase({ words, isPrefix }) {
    const all = await Promise.all(
      words.map((word, at) => postings(word, isPrefix && at === words.length - 1)));
    if (all.length === 1) return all[0].messages;
    const at = all.map(() => 0);
    const rarest = all.reduce((a, b) => (b.messages.length < a.messages.length ? b : a));
    const hits = [];
    for (const message of rarest.messages) {
      const isThere = all.every(({ messages }, which) => {
        let step = at[which];
        while (step < messages.length && messages[step] < message) step += 1;
        at[which] = step;
        return messages[step] === message;
      });
      if (!isThere) continue;
      const rows = all.map(({ places }, which) => places[at[which]]);
      const sets = rows.map((row) => (row.length > 16 ? new Set(row) : null));
      const has = (which, place) => (sets[which] ? sets[which].has(place) : rows[which].includes(place));
      if (rows[0].some((place) => rows.every((_, which) => has(which, place + which)))) hits.push(message);
    }
    return hits;
  }

  const both = (a, b) => {
    const set = new Set(b);
    return a.filter((message) => set.has(message));
  };

  async function find(groups) {
    let found = null;
    for (const { wanted, unwanted } of groups) {
      const lists = await Promise.all(wanted.map(phrase));
      let hits = lists.reduce((a, b) => (a.length < b.length ? both(a, b) : both(b, a)));
      for (const list of await Promise.all(unwanted.map(phrase))) {
        const set = new Set(list);
        hits = hits.filter((message) => !set.has(message));
      }
      found = found ? [...new Set([...found, ...hits])].sort((a, b) => a - b) : hits;
    }
    return found || [];
  }

  // Where the phrases stand in a text.
  function marks(text, groups) {
    const tokens = cut(text);
    const found = [];
    for (const { wanted } of groups) {
      for (const { words, isPrefix } of wanted) {
        for (let at = 0; at + words.length <= tokens.length; at += 1) {
          const fits = words.every((word, which) => {
            const token = tokens[at + which].word;
            return isPrefix && which === words.length - 1 ? token.startsWith(word) : token === word;
          });
          if (fits) found.push([tokens[at].from, tokens[at + words.length - 1].to]);
        }
      }
    }
    found.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
    return found;
  }

  function snippet(text, groups, to) {
    const found = marks(text, groups);
    let from = found.length > 0 ? Math.max(0, found[0][0] - 40) : 0;
    let end = Math.min(text.length, from + 240);
    // not between the halves of a character
    if (from > 0 && /[\udc00-\udfff]/.test(text[from])) from -= 1;
    if (end < text.length && /[\udc00-\udfff]/.test(text[end])) end += 1;
    if (from > 0) to.append("…");
    let at = from;
    for (const [begin, stop] of found) {
      if (begin < at || stop > end) continue;
      to.append(text.slice(at, begin));
      const mark = document.createElement("mark");
      mark.textContent = text.slice(begin, stop);
      to.append(mark);
      at = stop;
    }
    to.append(text.slice(at, end));
    if (end < text.length) to.append("…");
  }

  function chunkOf(message) {
    let from = 0;
    let to = index.chunks.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (index.chunks[middle] <= message) from = middle + 1;
      else to = middle;
    }
    return from - 1;
  }

  function element(name, className, text) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  async function show(hits, groups, from, mine) {
    const shown = hits.slice(from, from + PAGE);
    const records = await Promise.all(shown.map(async (message) => {
      const chunk = chunkOf(message);
      return (await load("d" + chunk))[message - index.chunks[chunk]];
    }));
    if (mine !== turn) return;
    for (const [conversation, page, number, source, title, sender, time, kind, text, files] of records) {
      const item = element("li", "hit");
      const link = element("a", "hit-link");
      const shard = String(Math.floor(conversation / index.shard)).padStart(3, "0");
      link.href = "c/" + shard + "/" + conversation + "-" + page + ".html#m" + number;
      const head = element("span", "hit-head");
      const who = element("span", "name", sender);
      who.dir = "auto";
      head.append(who, element("span", "facts", [title === sender ? "" : title, index.sources[source], kind, time].filter(Boolean).join(" · ")));
      const body = element("span", "text");
      body.dir = "auto";
      if (text) snippet(text, groups, body);
      if (files) {
        const names = element("span", "file-names");
        snippet(files, groups, names);
        if (!text || marks(files, groups).length > 0) body.append(text ? element("br") : "", names);
      }
      link.append(head, body);
      item.append(link);
      list.append(item);
    }
    more.hidden = from + PAGE >= hits.length;
    more.onclick = () => show(hits, groups, from + PAGE, turn);
    document.documentElement.dataset.shown = String(list.children.length);
  }

  function counted(count) {
    const number = count.toLocaleString(document.documentElement.lang);
    return (count === 1 ? words.one : words.many).replace("{}", number);
  }

  async function run(query) {
    turn += 1;
    const mine = turn;
    const began = performance.now();
    list.replaceChildren();
    more.hidden = true;
    delete document.documentElement.dataset.hits;
    delete document.documentElement.dataset.shown;
    if (!query.trim()) {
      say.textContent = words.hint;
      return;
    }
    say.textContent = words.busy;
    try {
      index = index || await load("index");
      const groups = parse(query);
      if (groups.length === 0) {
        say.textContent = words.nothing;
        return;
      }
      const hits = await find(groups);
      if (mine !== turn) return;
      say.textContent = hits.length === 0 ? words.none : counted(hits.length);
      await show(hits, groups, 0, mine);
      const root = document.documentElement.dataset;
      root.hits = String(hits.length);
      root.milliseconds = (performance.now() - began).toFixed(1);
    } catch {
      if (mine === turn) say.textContent = words.broken;
    }
  }

  function asked() {
    const from = (text) => new URLSearchParams(text).get("q");
    return from(location.hash.slice(1)) || from(location.search) || "";
  }

  const start = () => {
    field.value = asked();
    document.title = (field.value ? field.value + " · " : "") + words.title;
    run(field.value);
  };
  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    // the address names the query, so that going back from a message finds the hits again
    location.hash = new URLSearchParams({ q: field.value }).toString();
  });
  window.addEventListener("hashchange", start);
  start();
})();
