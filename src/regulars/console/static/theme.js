// Before the first paint: "auto" follows the system. Without script, auto is light.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  window.applyTheme = () => {
    const wanted = root.dataset.theme;
    const dark = wanted === "dark" || (wanted !== "light" && system.matches);
    root.setAttribute("data-bs-theme", dark ? "dark" : "light");
    document.dispatchEvent(new Event("regulars:theme"));
  };
  system.addEventListener("change", window.applyTheme);
  window.applyTheme();
})();
