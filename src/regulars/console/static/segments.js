// The builder of segments: what is typed is sent, what a choice or a button changes comes back rebuilt. Without this
// file the same buttons send the whole page.
const form = document.querySelector("[data-builder]");
let typedSince = new Map(); // Fields that were changed after the request that is under way began.
let dirty = false;
let saving = false; // By the button that leads on to the next page.

const part = (id) => document.getElementById(id);
const soon = (id, name) => part(id) && htmx.trigger(part(id), name);

form?.addEventListener("input", (event) => {
  dirty = true;
  typedSince.set(event.target.id, event.target.value);
  if (!event.target.matches("[data-reshapes]")) soon("typing", "typed");
});
form?.addEventListener("change", (event) => {
  dirty = true;
  if (event.target.matches("[data-reshapes]")) form.requestSubmit(part("look"));
  else soon("kept", "keep");
});

// One step at a time: a second press while the first is under way would build on what was there before it. One that
// names no place waits for its turn; the others are dimmed meanwhile, since their places may be others then.
const PLACELESS = /^(undo|redo|save|look)$/;
let waiting = null;
form?.addEventListener("submit", (event) => {
  const asked = event.submitter?.value ?? "";
  if (!form.classList.contains("htmx-request")) {
    typedSince = new Map();
    saving = /^(save|over)/.test(asked);
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  if (PLACELESS.test(asked)) waiting = asked;
}, true);
document.addEventListener("htmx:finally:request", () => setTimeout(() => {
  if (!form || !waiting || form.classList.contains("htmx-request")) return;
  const next = form.querySelector(`button[name=do][value="${waiting}"]:not([disabled])`);
  waiting = null;
  if (next) form.requestSubmit(next);
}));

// Rebuilt: what was typed meanwhile is put back, the new or moved condition gets the focus, the draft saves itself.
document.addEventListener("htmx:after:swap", () => {
  const rows = part("rows");
  if (!form || !rows || rows.dataset.seen) return;
  rows.dataset.seen = "yes";
  saving = false;
  let late = false;
  for (const [id, value] of typedSince) {
    const field = id && part(id);
    if (!field || field.value === value || (field.matches("[data-reshapes]") && waiting !== "look")) continue;
    field.value = value;
    late = true;
  }
  typedSince = new Map();
  if (late) soon("typing", "typed");
  const place = rows.dataset.focus;
  const node = place && (part(`n-${place}`) ?? part(`f-${place}.property`) ?? part(`f-${place}.of`));
  if (node) (node.matches("[data-node], [data-part]") ? node.querySelector(".b-input, summary, button") : node)?.focus();
  rows.querySelector(".wrong-list")?.focus();
  dirty = true;
  soon("kept", "keep");
});
// What was typed is judged beside the rows; each finding goes to its field, and leaves it when it is mended.
const place = () => {
  for (const kind of ["doubt", "wrong"]) {
    const told = new Map([...document.querySelectorAll(`#means [data-${kind}]`)].map((one) => [`f-${one.dataset[kind]}`, one]));
    for (const field of document.querySelectorAll("#rows .b-input")) {
      const old = part(`${field.id}-${kind}`);
      const found = told.get(field.id);
      if (kind === "wrong" && found) field.setAttribute("aria-invalid", "true");
      else if (kind === "wrong") field.removeAttribute("aria-invalid");
      if (old && found) old.lastChild.textContent = found.textContent;
      if (old && !found) old.remove();
      if (old || !found) continue;
      const said = document.createElement("p");
      said.className = kind;
      said.id = `${field.id}-${kind}`;
      said.textContent = found.textContent;
      field.closest(".b-line").after(said);
      field.setAttribute("aria-describedby", said.id);
    }
  }
};
document.addEventListener("htmx:after:swap", () => {
  if (form) place();
  if (part("kept-words")?.hasAttribute("data-kept")) dirty = false;
});
part("rows")?.setAttribute("data-seen", "yes");

// An answer that is no builder is not put in its place: it is said, where the draft saves itself or else above the page.
document.addEventListener("htmx:after:request", (event) => {
  const status = event.detail?.ctx?.response?.raw?.status ?? 0;
  if (!form || status < 400 || status === 409 || status === 422) return;
  const words = `Not saved: the server answered with ${status}. What you typed is still here.`;
  const kept = part("kept-words");
  if (kept) kept.textContent = words;
  else if (event.target === form) part("said").replaceChildren(said(words));
});
const said = (words) => {
  const line = document.createElement("p");
  line.className = "said tone-bad";
  line.textContent = words;
  return line;
};

// Who leaves: the draft is saved on the way out; where it does not save itself, or has no name yet, the browser asks.
const keeps = () => form.dataset.keep && form.elements.name.value.trim();
window.addEventListener("beforeunload", (event) => {
  if (form && dirty && !saving && !keeps()) event.preventDefault();
});
window.addEventListener("pagehide", () => {
  if (form && dirty && !saving && keeps())
    fetch(form.dataset.keep, { method: "POST", body: new URLSearchParams(new FormData(form)), keepalive: true });
});

// Alt and an arrow moves the condition one stands in; Ctrl-Z outside of a text is undo.
form?.addEventListener("keydown", (event) => {
  const step = { ArrowUp: "up", ArrowDown: "down" }[event.key];
  if (event.altKey && step) {
    event.preventDefault();
    event.target.closest("[data-node]")?.querySelector(`:scope > .b-head [data-step=${step}]`)?.click();
  }
  const typing = event.target.matches("input:not([type=checkbox]), textarea");
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !typing) {
    event.preventDefault();
    part(event.shiftKey ? "redo" : "undo").click();
  }
});
