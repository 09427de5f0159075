// Before the first paint, so that a dark page never flashes white.
(() => {
  const root = document.documentElement;
  const wanted = localStorage.getItem("vigie-theme") || root.dataset.wanted || "auto";
  const dark = wanted === "dark" || (wanted === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "dark" : "light";
})();
