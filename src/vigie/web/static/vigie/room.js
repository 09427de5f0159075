// The crisis room: clocks by the server's time, tabs, drafts, dialogs, and what the stream brings.
const byId = (id) => document.getElementById(id);
const words = JSON.parse(byId("words")?.textContent || "{}");

// -- clocks: the browser's own may be wrong, so only its steps are trusted ---------------------------------
const loaded = Date.now();
const told = Number(document.body.dataset.now || loaded);
const speed = Number(document.body.dataset.speed || 1);
const two = (n) => String(n).padStart(2, "0");
function span(ms) {
  const minutes = Math.floor(Math.abs(ms) / 60000);
  if (!minutes) return `${Math.floor(Math.abs(ms) / 1000)} s`;
  const [d, h, m] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  if (d) return `${d} j ${h} h`;
  return h ? `${h} h ${two(m)}` : `${m} min`;
}
function tick() {
  const now = told + (Date.now() - loaded) * speed;
  for (const time of document.querySelectorAll("[data-tick]")) {
    const left = Number(time.dataset.at) - now;
    const since = time.dataset.tick === "since";
    time.textContent = since ? span(-left) : `${left < 0 ? "−" : ""}${span(left)}`;
    if (!since) time.classList.toggle("late", left < 0);
    time.closest("[data-late-box]")?.classList.toggle("late", left < 0);
  }
}
tick();
setInterval(tick, 1000);

// -- tabs -------------------------------------------------------------------------------------------------
function show(name) {
  const wanted = byId(`board-${name}`);
  if (!wanted) return;
  for (const board of document.querySelectorAll(".board")) board.hidden = board !== wanted;
  for (const tab of document.querySelectorAll("[role=tab]")) {
    tab.setAttribute("aria-selected", String(tab.dataset.tab === name));
    tab.tabIndex = tab.dataset.tab === name ? 0 : -1;
  }
  history.replaceState(null, "", `?board=${name}`);
  dispatchEvent(new Event("resize"));
}
document.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-tab]");
  if (tab && byId(`board-${tab.dataset.tab}`)) {
    event.preventDefault();
    show(tab.dataset.tab);
  }
});
document.querySelector("[role=tablist]")?.addEventListener("keydown", (event) => {
  const tabs = [...event.currentTarget.querySelectorAll("[role=tab]")];
  const at = tabs.indexOf(document.activeElement);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const next = tabs.at(to % tabs.length);
  next.focus();
  show(next.dataset.tab);
});

// -- dialogs that many buttons share ------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  const dialog = opener && byId(opener.dataset.open);
  if (dialog && opener.dataset.action) {
    const form = dialog.querySelector("form");
    // What was typed for one thing is not written on another.
    if (form.getAttribute("action") !== opener.dataset.action) form.reset();
    form.action = opener.dataset.action;
    form.setAttribute("hx-post", opener.dataset.action);
    htmx.process(form);
    const field = form.querySelector("textarea");
    if (field) field.name = opener.dataset.field || (opener.dataset.open === "dialog-proof" ? "proof" : "text");
    const seen = form.elements.seen;
    if (seen && opener.dataset.seen) seen.value = opener.dataset.seen;
    dialog.querySelectorAll("[data-about]").forEach((place) => { place.textContent = opener.dataset.about || ""; });
  }
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
});

// -- drafts: a form that was left in the middle is there on return ------------------------------------------
const key = (form) => `vigie-draft:${location.host}:${form.dataset.draft}`;
function fields(form) {
  return [...form.elements].filter((f) => f.name && !["hidden", "submit", "checkbox", "radio", "password"].includes(f.type));
}
for (const form of document.querySelectorAll("[data-draft]")) {
  try {
    const kept = JSON.parse(localStorage.getItem(key(form)) || "{}");
    fields(form).forEach((field, i) => { if (kept[i]) field.value = kept[i]; });
  } catch { localStorage.removeItem(key(form)); }
}
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.dataset.draft) localStorage.setItem(key(form), JSON.stringify(Object.fromEntries(fields(form).map((f, i) => [i, f.value]))));
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.draft && !form.hasAttribute("hx-post")) localStorage.removeItem(key(form));
});

// -- acts ---------------------------------------------------------------------------------------------------
document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.elt.closest?.("form");
  if (!form || !form.hasAttribute("hx-post")) return;
  const place = form.querySelector("[data-say]");
  if (place) place.textContent = "";
  if (detail.successful) {
    if (form.dataset.draft) localStorage.removeItem(key(form));
    if (form.closest("dialog")) form.closest("dialog").close();
    if (place || form.closest("dialog")) form.reset();
  } else {
    const say = detail.xhr?.status === 409 ? detail.xhr.responseText : detail.xhr?.statusText || "";
    if (place) place.textContent = say;
    else toast(say);
  }
});
function toast(say) {
  const place = document.querySelector(".messages");
  const note = document.createElement("div");
  note.textContent = say;
  place?.append(note);
  setTimeout(() => note.remove(), 10000);
}
document.body.addEventListener("vigie:told", ({ detail }) => toast(detail.value));
const auto = document.querySelector("form[data-auto]");
if (auto) auto.requestSubmit();

// -- what the stream brings -----------------------------------------------------------------------------------
const room = byId("room");
function mine(scope) {
  const list = scope?.querySelector(".tasks");
  if (!list) return;
  const own = [...list.querySelectorAll(`[data-owner="${room.dataset.user}"]`)].filter((task) => !task.classList.contains("done"));
  own.forEach((task) => task.classList.add("mine"));
  // What is late comes first, whoever it is for; then one's own.
  list.prepend(...list.querySelectorAll(".overdue"), ...own.filter((task) => !task.classList.contains("overdue")));
}
function only(scope) {
  scope?.querySelectorAll?.(`[data-only="${room?.dataset.user}"]`).forEach((part) => { part.hidden = false; });
}
// What an element is, so that the hand finds it again after its board was drawn anew.
function mark(element) {
  const form = element.closest("form");
  return [element.tagName, element.id, element.getAttribute("href"), element.dataset.open, element.dataset.action, form?.getAttribute("action"), element.name].join("|");
}
function put(name, html, who) {
  const board = byId(`board-${name}`);
  if (!board) return;
  const focused = board.contains(document.activeElement) ? mark(document.activeElement) : "";
  board.innerHTML = html;
  board.removeAttribute("hx-trigger");
  htmx.process(board);
  mine(board);
  only(board);
  if (focused) [...board.querySelectorAll("a, button, input, [tabindex]")].find((other) => mark(other) === focused)?.focus();
  if (name !== "header" && who) {
    board.dataset.changed = `${words.changed_by} ${who}`;
    setTimeout(() => { delete board.dataset.changed; }, 4000);
  }
}
function append(html) {
  const list = byId("lines");
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  for (const line of holder.content.querySelectorAll("li[data-seq]")) if (!byId(line.id)) list.append(line);
  htmx.process(list);
  if (atEnd) list.scrollTop = list.scrollHeight;
}
document.addEventListener("vigie:room", ({ detail }) => {
  const old = byId(`ribbon-${detail.crisis}`);
  if (detail.ribbon && Number(room?.dataset.crisis) !== detail.crisis) {
    if (old) old.outerHTML = detail.ribbon;
    else byId("ribbons")?.insertAdjacentHTML("beforeend", detail.ribbon);
  }
  if (room && Number(room.dataset.crisis) === detail.crisis) {
    // Whoever is told of a room that opened or closed, or missed too much, loads it again; drafts are kept.
    if (detail.reload && !document.querySelector("dialog[open]")) return location.reload();
    for (const [name, html] of Object.entries(detail.boards)) put(name, html, detail.who);
    if (detail.lines && !byId("search")?.value && !byId("kind")?.value) append(detail.lines);
    document.dispatchEvent(new Event("vigie:drawn"));
  }
  tick();
});
document.body.addEventListener("htmx:afterSettle", (event) => { if (room) { mine(event.target); only(event.target); tick(); } });
if (room) {
  mine(document);
  only(document);
  const list = byId("lines");
  list.scrollTop = list.scrollHeight;
}
document.addEventListener("keydown", (event) => {
  if (event.key === "n" && !event.ctrlKey && !event.metaKey && !event.target.closest("input, textarea, select, dialog")) {
    const field = document.querySelector("[data-focus=n]");
    if (field) { event.preventDefault(); field.focus(); }
  }
});
