// Liveness, charts, theme and keyboard, on pages that work without them.
const root = document.documentElement;
const body = document.body;
const byId = (id) => document.getElementById(id);
const words = JSON.parse(byId("words")?.textContent || "{}");

// -- charts ---------------------------------------------------------------------------------------------
const DARK = JSON.parse(byId("dark-colours")?.textContent || "{}");
function recolour(spec) {
  if (root.dataset.theme !== "dark") return spec;
  let text = JSON.stringify(spec);
  for (const [light, dark] of Object.entries(DARK)) text = text.replaceAll(light, dark);
  return JSON.parse(text);
}
let library;
function charts() {
  return (library ??= import(body.dataset.charts).then(() => window.vegaEmbed));
}
async function draw(scope = document) {
  // What is folded away has no width yet: it is drawn when it opens.
  const found = [...scope.querySelectorAll("[data-chart]")].filter((place) => !place.closest("details:not([open])"));
  if (!found.length) return;
  const embed = await charts();
  for (const place of found) {
    const source = byId(place.dataset.chart);
    if (!source || place.dataset.drawn === source.textContent.length + root.dataset.theme) continue;
    place.dataset.drawn = source.textContent.length + root.dataset.theme;
    const spec = recolour(JSON.parse(source.textContent));
    const locale = root.lang === "fr" ? spec.config.locale : undefined;
    delete spec.config.locale;
    const { view } = await embed(place, spec, {
      ast: true, defaultStyle: false, actions: false, renderer: "svg", tooltip: { disableDefaultStyle: true },
      timeFormatLocale: locale?.time, formatLocale: locale?.number,
    });
    const svg = place.querySelector("svg");
    if (svg) {
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", spec.description);
      svg.querySelectorAll("[role]").forEach((part) => { part.removeAttribute("role"); part.setAttribute("aria-hidden", "true"); });
    }
    if (place.dataset.brush) brush(view, spec.usermeta.offset);
  }
}
function brush(view, offset) {
  let chosen;
  view.addSignalListener("brush", (_, value) => { chosen = value?.t; });
  view.addEventListener("mouseup", () => {
    if (!chosen || chosen[1] - chosen[0] < 60000) return;
    const url = new URL(location.href);
    url.searchParams.set("from", new Date(chosen[0] - offset).toISOString().slice(0, 19) + "Z");
    url.searchParams.set("to", new Date(chosen[1] - offset).toISOString().slice(0, 19) + "Z");
    url.searchParams.delete("period");
    location.assign(url);
  });
}

// -- theme ----------------------------------------------------------------------------------------------
function theme(wanted) {
  const dark = wanted === "dark" || (wanted === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "dark" : "light";
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-switch]");
  if (!button) return;
  const wanted = root.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("vigie-theme", wanted);
  theme(wanted);
  draw();
});

// -- live -----------------------------------------------------------------------------------------------
let waiting = 0;
function onEvent({ type, data }) {
  if (type === "mentions" && byId("newer")) {
    waiting += data.count;
    const button = byId("newer");
    button.hidden = false;
    button.querySelector("span").textContent = `${waiting} ${waiting === 1 ? words.newer_one : words.newer_many}`;
  }
  if (type === "tower" && byId("tower") && !byId("tower").matches(":focus-within")) {
    const opened = [...document.querySelectorAll("#tower details[open]")].map((d) => d.id);
    byId("tower").innerHTML = data.html;
    opened.forEach((id) => byId(id)?.setAttribute("open", ""));
    draw(byId("tower"));
  }
  if (type === "room") document.dispatchEvent(new CustomEvent("vigie:room", { detail: data }));
  if (type === "alerts") {
    const badge = byId("alert-count");
    if (badge) { badge.textContent = data.open; badge.hidden = !data.open; }
    byId("announce").textContent = data.say;
    if (byId("alerts-live")) htmx.ajax("GET", location.href, { target: "#alerts-live", select: "#alerts-live", swap: "outerHTML" });
  }
}
document.addEventListener("vigie:drawn", () => draw());
function listen(address) {
  if (!window.SharedWorker) {
    const source = new EventSource(`${address}?after=${body.dataset.after}`);
    for (const type of ["mentions", "tower", "alerts", "room"])
      source.addEventListener(type, (e) => onEvent({ type, data: JSON.parse(e.data) }));
    return;
  }
  const worker = new SharedWorker(body.dataset.worker, { name: address });
  worker.port.onmessage = (e) => onEvent(e.data);
  worker.port.start();
  worker.port.postMessage({ address, after: body.dataset.after });
  addEventListener("pagehide", () => worker.port.postMessage({ bye: true }));
}

// -- keyboard -------------------------------------------------------------------------------------------
const JUMPS = { t: "tower", v: "veille", a: "alerts", c: "crises" };
let leader = 0;
function rows() { return [...document.querySelectorAll("[data-row]")]; }
function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[Math.max(0, Math.min(all.length - 1, at + by))] ?? all[0];
  next.querySelector("a, button")?.focus();
  next.scrollIntoView({ block: "nearest" });
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    const detail = byId("detail");
    if (detail?.childElementCount) { detail.replaceChildren(); document.querySelector(".chosen a")?.focus(); }
    document.activeElement?.matches("input, textarea") && document.activeElement.blur();
    return;
  }
  if (event.target.closest("input, textarea, select, dialog")) return;
  if (leader && Date.now() - leader < 1500 && JUMPS[event.key]) {
    leader = 0;
    document.querySelector(`[data-jump="${JUMPS[event.key]}"]`)?.click();
    return;
  }
  const acts = {
    g: () => { leader = Date.now(); }, j: () => step(1), k: () => step(-1), "?": () => byId("keys")?.showModal(),
    "/": () => { byId("search")?.focus(); event.preventDefault(); },
  };
  const act = acts[event.key] || (() => document.querySelector(`[data-key="${CSS.escape(event.key)}"]`)?.click());
  act();
});

// -- palette --------------------------------------------------------------------------------------------
function go() {
  const palette = byId("palette");
  if (!palette || palette.open) return;
  palette.showModal();
  byId("palette-said").select();
  htmx.trigger("#palette-said", "vigie:open");
}
// Enter opens the first of what answers to the words as they stand, not of what answered to fewer letters.
let entered = false;
function enter() {
  const found = byId("palette-found");
  entered = found.dataset.said !== byId("palette-said").value;
  if (!entered) found.querySelector("a")?.click();
}
byId("palette-found")?.addEventListener("htmx:afterSwap", (event) => {
  const asked = new URL(event.detail.pathInfo.finalRequestPath, location.href).searchParams.get("q") ?? "";
  byId("palette-found").dataset.said = asked;
  if (entered) enter();
});
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && byId("palette")) {
    event.preventDefault();
    go();
  }
});
byId("palette")?.addEventListener("keydown", (event) => {
  const places = [byId("palette-said"), ...byId("palette-found").querySelectorAll("a")];
  const at = places.indexOf(document.activeElement);
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by) {
    event.preventDefault();
    places.at((at + by) % places.length).focus();
  }
  if (event.key === "Enter" && at === 0) enter();
  if (event.key === "Escape") {
    // A search field would only empty itself.
    event.preventDefault();
    byId("palette").close();
  }
});

// -- small things ---------------------------------------------------------------------------------------
document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    const field = byId(copy.dataset.copy);
    field.select();
    await navigator.clipboard?.writeText(field.value).catch(() => document.execCommand("copy"));
    copy.textContent = words.copied;
  }
  const opener = event.target.closest("[data-open]");
  if (opener) byId(opener.dataset.open)?.showModal();
  if (event.target.closest("[data-go]")) go();
  const row = event.target.closest("[data-row] a.open");
  if (row) {
    document.querySelectorAll(".chosen").forEach((r) => r.classList.remove("chosen"));
    row.closest("[data-row]").classList.add("chosen");
  }
});
document.addEventListener("toggle", (event) => {
  if (event.target.open) draw(event.target);
}, true);
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-unfold]");
  if (!button) return;
  const open = byId(button.dataset.unfold).toggleAttribute("data-unfolded");
  button.setAttribute("aria-expanded", open);
});
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});
document.body.addEventListener("htmx:beforeRequest", (event) => {
  // Where there is no room beside the list, a mention has a page of its own.
  if (event.target.matches("a.open") && matchMedia("(max-width: 1000px)").matches) {
    event.preventDefault();
    location.assign(event.target.href);
  }
});
document.body.addEventListener("htmx:afterSettle", (event) => {
  draw(document);
  if (event.target.id === "detail") event.target.querySelector("h2")?.focus();
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  event.target.closest?.("#mentions")?.querySelector("[data-fresh] a.open")?.focus();
});
setTimeout(() => document.querySelectorAll(".messages [data-fade]").forEach((m) => m.remove()), 10000);

theme(localStorage.getItem("vigie-theme") || root.dataset.wanted || "auto");
draw();
if (body.dataset.live) listen(body.dataset.live);
