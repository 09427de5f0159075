// Before the first paint, so that a dark page never flashes white.
(() => {
  const root = document.documentElement;
  const saved = root.dataset.wanted || "auto";
  // A preference saved on one's page replaces what was switched before.
  if (localStorage.getItem("vigie-saved") !== saved) {
    localStorage.setItem("vigie-saved", saved);
    localStorage.removeItem("vigie-theme");
  }
  const wanted = localStorage.getItem("vigie-theme") || saved;
  const dark = wanted === "dark" || (wanted === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "dark" : "light";
})();
