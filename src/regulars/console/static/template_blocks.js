// The block editor: the MJML of the form in, and what was made of it out again; the Liquid in it is counted on the way.
const form = document.querySelector("[data-blocks]");
const source = form.querySelector("[data-mjml]");
const lost = form.querySelector("[data-lost]");
const canvas = document.querySelector("[data-canvas]");
const EMPTY = "<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section></mj-body></mjml>";
const tags = (text) => (text.match(/\{[{%][\s\S]*?[%}]\}/g) ?? []).map((tag) => tag.replace(/\s+/g, " ")).sort();

// The head holds what blocks do not show, such as styles and the title; it is put back as it was.
const began = source.value.trim() || EMPTY;
const head = began.match(/<mj-head>[\s\S]*?<\/mj-head>/)?.[0] ?? "";

canvas.replaceChildren();
const editor = window.grapesjs.init({
  container: canvas,
  height: "720px",
  fromElement: false,
  storageManager: false,
  telemetry: false,
  plugins: [window["grapesjs-mjml"]?.default ?? window["grapesjs-mjml"]],
  pluginsOpts: { [window["grapesjs-mjml"]?.default ?? window["grapesjs-mjml"]]: {} },
  cssIcons: "",
  components: began.replace(head, ""),
});
window.templateBlocks = editor;

// Its own signs are a font from elsewhere: words stand in their place.
const WORDS = { "open-sm": "Style", "open-tm": "Settings", "open-layers": "Layers", "open-blocks": "Blocks" };
for (const [id, label] of Object.entries(WORDS)) {
  const button = editor.Panels.getButton("views", id);
  button?.set({ className: "t-word", label });
}
for (const id of ["preview", "fullscreen", "export-template", "sw-visibility", "mjml-import", "mjml-export", "gjs-open-import-template"])
  editor.Panels.removeButton("options", id);
editor.onReady(() => editor.Panels.getButton("views", "open-blocks")?.set("active", true));

const made = () => {
  const body = editor.getHtml().replace(/<mj-head>[\s\S]*?<\/mj-head>/, "");
  return head ? body.replace("<mjml>", `<mjml>${head}`) : body;
};

let agreed = false;
form.addEventListener("submit", (event) => {
  if (event.submitter?.matches("[data-leave]")) return;
  const text = made();
  const kept = tags(text);
  const gone = tags(began).filter((tag) => {
    const place = kept.indexOf(tag);
    if (place >= 0) kept.splice(place, 1);
    return place < 0;
  });
  if (gone.length && !agreed) {
    event.preventDefault();
    agreed = true;
    lost.hidden = false;
    lost.textContent = `The blocks do not hold ${gone.length === 1 ? "this Liquid" : "these"}: ${gone.slice(0, 5).join(" ")}. Take it over once more to go on without, or leave it as it was.`;
    return;
  }
  source.value = text;
});
