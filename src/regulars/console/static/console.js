// What script adds to pages that work without it: the palette, the drawer, charts, and small comforts.
const here = document.currentScript;
const root = document.documentElement;
const keep = (name, value) => {
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
};

// Menus are <details>: one is open at a time, Escape and a click elsewhere close it.
const openMenus = () => document.querySelectorAll("details.menu[open], details.why[open]");
document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  const dismiss = event.target.closest("[data-dismiss]");
  if (dismiss) dismiss.parentElement.remove();
  if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  if (event.target.matches("dialog")) event.target.close(); // The backdrop.
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Light, dark, automatic; the areas folded or not: at once, and kept for the next page.
document.addEventListener("click", (event) => {
  const theme = event.target.closest("[data-theme-set]");
  const fold = event.target.closest("[data-fold]");
  if (!theme && !fold) return;
  event.preventDefault();
  if (theme) {
    root.dataset.theme = theme.value;
    keep("regulars-theme", theme.value);
    for (const one of theme.parentElement.querySelectorAll("[data-theme-set]"))
      one.setAttribute("aria-pressed", one === theme);
    window.applyTheme();
    return;
  }
  const folded = document.body.classList.toggle("folded");
  keep("regulars-nav", folded ? "folded" : "open");
  fold.value = folded ? "open" : "folded";
  fold.title = folded ? "Show the words" : "Fold to icons";
  fold.querySelector(".area-word").textContent = fold.title;
});

// Dialogs open by command and commandfor; browsers that do not know these get them here.
if (!("command" in HTMLButtonElement.prototype)) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[commandfor]");
    const dialog = button && document.getElementById(button.getAttribute("commandfor"));
    if (!dialog) return;
    if (button.getAttribute("command") === "show-modal") dialog.showModal();
    else dialog.close();
  });
}

// A form that takes its time says so and cannot be sent twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented || event.submitter?.formTarget) return; // Into a frame: again and again.
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  const button = event.submitter;
  if (button) button.setAttribute("aria-busy", "true");
  if (button && form.dataset.busy) button.lastChild.textContent = form.dataset.busy;
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const one of document.querySelectorAll("button[aria-busy]")) one.removeAttribute("aria-busy");
});

// A finding's line leads into the text: the line is selected and comes into view.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-line]");
  const text = link && document.querySelector(link.getAttribute("href"));
  if (!text) return;
  event.preventDefault();
  const lines = text.value.split("\n");
  const at = Number(link.dataset.line) - 1;
  const start = lines.slice(0, at).reduce((sum, line) => sum + line.length + 1, 0);
  text.focus();
  text.setSelectionRange(start, start + (lines[at] ?? "").length);
  text.scrollTop = (text.scrollHeight / lines.length) * Math.max(0, at - 4);
});

// What stands ready to be copied.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const word = button.querySelector("span");
  try {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    word.textContent = "Copied";
  } catch {
    word.textContent = "Select it and press Ctrl C"; // A page without TLS may not.
  }
  setTimeout(() => (word.textContent = "Copy"), 2500);
});

// The side drawer.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-drawer]");
  if (link && !event.ctrlKey && !event.metaKey) document.getElementById("side").showModal();
});

// The palette: Ctrl-K, arrows, Enter.
const palette = document.getElementById("palette-box");
const openPalette = async () => {
  if (!palette || palette.open) return;
  palette.showModal();
  const headers = { "HX-Target": "dialog#palette-box" }; // Says which block is wanted.
  await htmx.ajax("GET", "/palette", { target: "#palette-box", swap: "innerHTML", headers });
  palette.querySelector("input")?.focus();
};
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-palette]") || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  openPalette();
});
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
  }
  const box = event.target.closest?.(".palette, .palette-page");
  if (!box) return;
  if (event.key === "Escape" && palette.open) {
    event.preventDefault(); // A search field would only be emptied.
    palette.close();
  }
  const lines = [...box.querySelectorAll("[role=option]")];
  const at = lines.findIndex((line) => line.getAttribute("aria-selected") === "true");
  if (event.key === "Enter" && at >= 0) {
    event.preventDefault();
    lines[at].click();
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !lines.length) return;
  event.preventDefault();
  const next = (at + step + lines.length) % lines.length;
  lines.forEach((line, i) => line.setAttribute("aria-selected", i === next));
  lines[next].scrollIntoView({ block: "nearest" });
  box.querySelector("input").setAttribute("aria-activedescendant", lines[next].id);
});

// Charts: the bundle is loaded when the first one comes near, and runs through the interpreter (no eval).
let vega;
const bundle = () =>
  (vega ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = here.dataset.vega;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  }));
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const draw = async (place) => {
  const data = JSON.parse(place.closest("figure").querySelector(".chart-spec").textContent);
  await bundle();
  const config = root.getAttribute("data-bs-theme") === "dark" ? data.dark : data.light;
  place.view?.finalize();
  const made = await vegaEmbed(place, data.spec, {
    actions: false, ast: true, config, defaultStyle: false, hover: !still, renderer: "svg",
    tooltip: { disableDefaultStyle: true },
  });
  place.view = made;
  place.dataset.drawn = "yes";
};
const near = new IntersectionObserver((seen) => {
  for (const one of seen) {
    if (!one.isIntersecting) continue;
    near.unobserve(one.target);
    draw(one.target).catch(() => { one.target.textContent = "The picture could not be drawn; the table below has the figures."; });
  }
}, { rootMargin: "200px" });
const watch = (part) => {
  for (const place of part.querySelectorAll("[data-chart]:not([data-watched])")) {
    place.dataset.watched = "yes";
    near.observe(place);
  }
};
watch(document);
document.addEventListener("htmx:after:swap", () => watch(document));
document.addEventListener("regulars:theme", () => {
  for (const place of document.querySelectorAll("[data-drawn]")) draw(place);
});

// Parts that came late say that they are there.
document.addEventListener("htmx:after:swap", () => {
  for (const part of document.querySelectorAll(".late[aria-busy]:not(.htmx-request)"))
    if (!part.querySelector(".skeleton")) part.removeAttribute("aria-busy");
});

// On a narrow screen the tabs scroll: the one that is open stays in sight.
for (const here of document.querySelectorAll(".tabs [aria-current]")) {
  const row = here.parentElement;
  row.scrollLeft = here.offsetLeft - row.offsetLeft - (row.clientWidth - here.clientWidth) / 2;
}
