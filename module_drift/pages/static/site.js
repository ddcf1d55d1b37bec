// The matrix: filters, what changes between two releases, and the cause of the cell in focus.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const filters = document.getElementById("filters");
const matrix = document.getElementById("matrix");
const statusLine = document.getElementById("status");
const rows = [...matrix.querySelectorAll("tbody tr[id]")];
const COLOURS = 8;
const MOST = 12; // APIs, and changes, that a search lists.
const [SINCE, EDITION, CAUSE, DEVICE, ABSENT] = [0, 1, 2, 3, 4];

function letters(number) {
  const before = Math.floor(number / 26);
  return (before ? letters(before - 1) : "") + String.fromCharCode(65 + (number % 26));
}

// Whether a golden holds on a device: on this one, on every one, or on all but those that share none.
function holds(golden, device) {
  const [shared, ...but] = data.shared;
  return golden[DEVICE] === null || golden[DEVICE] === device || (golden[DEVICE] === shared && !but.includes(device));
}

// Whether a case was run on a device that cannot do what it needs.
function cannot(id, release, device) {
  return (data.cases[id][2][device] || []).includes(release);
}

// The golden in effect: the last listed that is not younger and holds on this device, or null.
function resolve(goldens, release, device) {
  const fitting = goldens.filter((g) => g[SINCE] <= release && holds(g, device));
  return fitting.length ? fitting[fitting.length - 1] : null;
}

// The same as between.py: steps between neighbours on the way, and whether they last.
function steps(goldens, low, high, device) {
  const releases = [...new Set([low, ...goldens.map((g) => g[SINCE])])].sort((a, b) => a - b);
  const way = [];
  for (const release of releases) {
    const golden = release >= low && release <= high ? resolve(goldens, release, device) : null;
    if (golden && golden !== way[way.length - 1]) way.push(golden);
  }
  const found = [];
  for (let start = 0; start < way.length; ) {
    let back = start;
    way.forEach((g, i) => { if (i > start && g[EDITION] === way[start][EDITION]) back = i; });
    for (let i = start; i < Math.min(back + 1, way.length - 1); i++) {
      if (way[i][EDITION] !== way[i + 1][EDITION]) found.push([way[i], way[i + 1], i === back]);
    }
    start = back + 1;
  }
  return found;
}

// What is searched in: the words of causes, and of cases; their code is in search.js, which is loaded when it is needed.
const said = {};
for (const [key, cause] of Object.entries(data.causes)) {
  said[key] = [key, cause.what, cause.do, cause.hidden, ...(cause.touches || [])].join(" ").toLowerCase();
}
const texts = {};

function load() {
  if (document.getElementById("search")) return;
  const script = element("script", "", { id: "search", src: "search.js" });
  script.addEventListener("load", () => {
    const { apis, shared, cases } = window.searchable;
    for (const [id, [code, used, helpers]] of Object.entries(cases)) {
      const names = used.map((i) => apis[i].toLowerCase());
      texts[id] = [id, data.cases[id][0].toLowerCase(), code, ...names, ...helpers.map((i) => shared[i])].join(" ");
    }
    update();
  });
  document.head.append(script);
}

// Whether each word is in the id, the sentence, the code or the APIs of a case, or in one of these causes.
function has(id, causes, words) {
  const text = texts[id] || `${id} ${data.cases[id][0]}`.toLowerCase();
  return words.every((word) => text.includes(word) || causes.some((key) => key && said[key] && said[key].includes(word)));
}

// What changes for the cases `ids` between two releases, by cause: those that last, and those undone on the way.
function between(ids, old, now, device, kind, words) {
  const groups = { lasting: new Map(), undone: new Map() };
  for (const id of ids) {
    for (const [, younger, lasts] of steps(data.cases[id][1], Math.min(old, now), Math.max(old, now), device)) {
      const key = younger[CAUSE] || "unexplained";
      const cause = data.causes[key] || { kind: "unexplained", what: "Nobody has explained this yet.", evidence: [] };
      if ((kind && cause.kind !== kind) || !has(id, [key], words)) continue;
      const group = lasts ? groups.lasting : groups.undone;
      const name = `${key} ${younger[SINCE]}`;
      if (!group.has(name)) group.set(name, { key, cause, since: younger[SINCE], ids: [] });
      group.get(name).ids.push(id);
    }
  }
  return { lasting: [...groups.lasting.values()].sort(order), undone: [...groups.undone.values()].sort(order) };
}

// Changes in order: by effect, by kind, and the newest first.
function order(a, b) {
  const place = (list, value) => { const i = list.indexOf(value); return i < 0 ? list.length : i; };
  const rank = ({ cause }) => place(data.effects, cause.effect) * 100 + place(data.kinds, cause.kind);
  return rank(a) - rank(b) || b.since - a.since || (a.key < b.key ? -1 : 1);
}

function element(name, text, attributes) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  return made;
}

function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function linked(list, make) {
  const line = element("span");
  list.forEach((item, i) => line.append(i ? ", " : "", make(item)));
  return line;
}

function listed(changes) {
  const list = element("ul");
  for (const change of changes) {
    const item = element("li");
    item.append(element("strong", data.releases[change.since]), ` ${change.cause.what} `);
    if (change.cause.do) item.append(element("span", `What to do: ${change.cause.do} `));
    if (change.cause.evidence.length) {
      item.append("(", linked(change.cause.evidence, ([label, url]) => element("a", label, { href: url })), ") ");
    }
    item.append(linked(change.ids, (id) => element("a", id, { href: `cases/${id}.html` })));
    list.append(item);
  }
  return list;
}

function showBetween(ids, choice) {
  const place = document.getElementById("between");
  place.replaceChildren();
  place.hidden = choice.from < 0 || choice.to < 0;
  if (place.hidden) return;
  const found = between(ids, choice.from, choice.to, choice.device, choice.kind, choice.words);
  const moved = new Set(found.lasting.flatMap((change) => change.ids));
  let title = `torch ${data.releases[choice.from]} to ${data.releases[choice.to]}`;
  if (choice.to < choice.from) title += ", a downgrade: what is listed here is lost again";
  place.append(element("h2", `${title}: ${count(found.lasting.length, "change")} in ${count(moved.size, "case")}`));
  const name = ({ cause }) => cause.effect || cause.kind;
  for (const group of new Set(found.lasting.map(name))) {
    const those = found.lasting.filter((change) => name(change) === group);
    place.append(element("h3", `${group} (${those.length})`), listed(those));
  }
  if (found.undone.length) {
    place.append(element("h3", `changed and changed back on the way (${found.undone.length})`), listed(found.undone));
  }
}

// The APIs and the changes whose own words are searched for; what changes between two releases is shown anyway.
function showFound(choice) {
  const place = document.getElementById("found");
  place.replaceChildren();
  const { words } = choice;
  const all = words.length && window.searchable ? window.searchable.apis : [];
  const apis = all.map((name, i) => [name, i]).filter(([name]) => words.every((word) => name.toLowerCase().includes(word)));
  const keys = words.length && (choice.from < 0 || choice.to < 0)
    ? Object.keys(data.causes).filter((key) => words.every((word) => said[key].includes(word)))
    : [];
  place.hidden = !apis.length && !keys.length;
  if (apis.length) {
    const list = element("ul");
    for (const [name, i] of apis.slice(0, MOST)) {
      const cases = Object.values(window.searchable.cases).filter(([, used]) => used.includes(i)).length;
      const changes = Object.values(said).filter((text) => text.includes(name.toLowerCase())).length;
      const item = element("li");
      item.append(element("a", name, { href: `#text=${name}` }), ` ${count(changes, "change")}, ${count(cases, "case")}`);
      list.append(item);
    }
    place.append(element("h2", `${count(apis.length, "API")} of that name${apis.length > MOST ? `, of which ${MOST}` : ""}`), list);
  }
  if (keys.length) {
    const moved = {};
    for (const [id, [, goldens]] of Object.entries(data.cases)) {
      for (const g of goldens) if (g[CAUSE]) (moved[g[CAUSE]] = moved[g[CAUSE]] || new Set()).add(id);
    }
    const changes = keys.map((key) => ({
      key, cause: data.causes[key], since: data.releases.indexOf(data.causes[key].since), ids: [...(moved[key] || [])],
    }));
    const title = `${count(keys.length, "change")} that speak${keys.length === 1 ? "s" : ""} of it`;
    place.append(element("h2", title + (keys.length > MOST ? `, of which ${MOST}` : "")), listed(changes.sort(order).slice(0, MOST)));
  }
}

// What a cell is, as site.py writes it for the first device.
function paint(device) {
  const run = new Set(data.runs[device]);
  for (const row of rows) {
    let before = null;
    [...row.cells].slice(1).forEach((cell, release) => {
      const golden = resolve(data.cases[row.id][1], release, device);
      if (cannot(row.id, release, device)) {
        cell.className = "n";
        cell.textContent = "–";
      } else if (!golden) {
        cell.className = "n";
        cell.textContent = "";
      } else {
        const classes = [golden[ABSENT] ? "x" : `e${golden[EDITION] % COLOURS}`];
        if (before && before[EDITION] !== golden[EDITION]) classes.push("c");
        if (!run.has(release)) classes.push("i");
        cell.className = classes.join(" ");
        cell.textContent = letters(golden[EDITION]);
      }
      before = golden;
    });
  }
  for (const button of matrix.querySelectorAll(".release")) {
    const ran = run.has(data.releases.indexOf(button.dataset.release));
    button.classList.toggle("unrun", !ran);
    button.title = ran ? "" : `not run on ${device}`;
  }
}

function chosen() {
  const form = new FormData(filters);
  return {
    from: data.releases.indexOf(form.get("from")),
    to: data.releases.indexOf(form.get("to")),
    section: form.get("section"),
    kind: form.get("kind"),
    device: form.get("device"),
    words: form.get("text").toLowerCase().split(/\s+/).map((word) => word.replace(/\(\)$/, "")).filter(Boolean),
    drifted: form.get("drifted") !== null,
  };
}

function fits(id, choice) {
  const [, goldens] = data.cases[id];
  const own = goldens.filter((g) => holds(g, choice.device));
  if (choice.section && !id.startsWith(`${choice.section}/`)) return false;
  if (!has(id, goldens.map((g) => g[CAUSE]), choice.words)) return false; // Of all devices, as `list` does.
  if (choice.kind && !own.some((g) => g[CAUSE] && data.causes[g[CAUSE]] && data.causes[g[CAUSE]].kind === choice.kind)) return false;
  return !choice.drifted || new Set(own.map((g) => g[EDITION])).size > 1;
}

// One cell takes part in the order of Tab; arrows move on from it.
let current = null;

function makeCurrent(cell) {
  if (current) current.removeAttribute("tabindex");
  current = cell;
  current.tabIndex = 0;
}

// As the page was written; a browser that comes back to it may have kept another choice.
let painted = filters.elements.device.options[0].value;

function update() {
  const choice = chosen();
  if (choice.words.length) load();
  if (choice.device !== painted) paint((painted = choice.device));
  const ids = [];
  for (const row of rows) {
    row.hidden = !fits(row.id, choice);
    if (!row.hidden) ids.push(row.id);
  }
  for (const body of matrix.querySelectorAll("tbody")) {
    body.hidden = ![...body.rows].some((row) => row.id && !row.hidden);
  }
  document.getElementById("nothing").hidden = ids.length > 0;
  if (ids.length && (!current || current.parentElement.hidden)) makeCurrent(document.getElementById(ids[0]).cells[1]);
  for (const button of matrix.querySelectorAll(".release")) {
    const release = data.releases.indexOf(button.dataset.release);
    button.setAttribute("aria-pressed", String(release === choice.from || release === choice.to));
  }
  showFound(choice);
  showBetween(ids, choice);
  const kept = new URLSearchParams([...new FormData(filters)].filter(([, value]) => value));
  kept.delete("device");
  if (choice.device !== filters.elements.device.options[0].value) kept.set("device", choice.device);
  history.replaceState(null, "", String(kept) ? `#${kept}` : location.pathname + location.search);
}

function restore() {
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    const field = filters.elements[name];
    if (!field) continue;
    if (field.type === "checkbox") field.checked = true;
    else field.value = value;
  }
}

// A head pressed is the first release, then the second; a third begins anew.
matrix.addEventListener("click", (event) => {
  const button = event.target.closest(".release");
  if (!button) return;
  const { from, to } = filters.elements;
  if (from.value === "" || to.value !== "") {
    from.value = button.dataset.release;
    to.value = "";
  } else if (from.value === button.dataset.release) {
    from.value = "";
  } else {
    to.value = button.dataset.release;
  }
  update();
});

function tell(cell) {
  const row = cell.closest("tr[id]");
  if (!row || cell.tagName !== "TD") return;
  const release = cell.cellIndex - 1;
  const device = chosen().device;
  const goldens = data.cases[row.id][1];
  const golden = resolve(goldens, release, device);
  let text = `${row.id} on torch ${data.releases[release]}: `;
  if (cannot(row.id, release, device)) {
    text += `${device} cannot do what it needs`;
  } else if (!golden) {
    text += "not recorded";
  } else {
    text += golden[ABSENT] ? "the API is not there" : `edition ${letters(golden[EDITION])} since ${data.releases[golden[SINCE]]}`;
    const cause = data.causes[golden[CAUSE]];
    if (cause) text += ` (${cause.kind}: ${cause.what})`;
    if (!data.runs[device].includes(release)) text += `. Not run on ${device}: inherited.`;
  }
  statusLine.textContent = text;
}

matrix.addEventListener("mouseover", (event) => tell(event.target));
matrix.addEventListener("focusin", (event) => tell(event.target));

matrix.addEventListener("keydown", (event) => {
  const cell = event.target;
  if (cell.tagName !== "TD") return;
  const shown = rows.filter((row) => !row.hidden);
  const at = shown.indexOf(cell.parentElement);
  const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] || [0, 0];
  if (event.key === "Enter") {
    location.href = cell.parentElement.querySelector("a").href;
    return;
  }
  if (!down && !right) return;
  const row = shown[at + down];
  const next = row && row.cells[cell.cellIndex + right];
  if (next && next.tagName === "TD") {
    makeCurrent(next);
    next.focus();
  }
  event.preventDefault();
});

filters.addEventListener("input", update);
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("reset", () => setTimeout(update));
window.addEventListener("hashchange", () => { restore(); update(); });
restore();
update();
