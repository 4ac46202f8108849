// The preview follows what is typed: the frame by a form of its own target, the checks by a fetch of their parts.
const form = document.querySelector("[data-template-editor]");
const show = form?.querySelector("[data-show]");
let waiting, asked;

const look = async () => {
  if (!form.isConnected) return;
  const given = new FormData(form);
  form.requestSubmit(show);
  asked?.abort();
  asked = new AbortController();
  given.set("do", "look");
  try {
    const answer = await fetch("/templates/write", { method: "POST", body: new URLSearchParams(given), signal: asked.signal });
    if (!answer.ok) return;
    const read = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["looked", "checks"]) {
      const fresh = read.getElementById(id);
      if (fresh) document.getElementById(id).replaceChildren(...fresh.childNodes);
    }
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
};

if (form) {
  show.hidden = true;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, 500);
  });
  look();
}
