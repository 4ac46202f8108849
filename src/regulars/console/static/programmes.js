// Fields of several values: what is suggested goes behind the last comma, and leaves what stands before it.
document.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.matches?.("[data-several][list]")) return;
  const before = field.value.slice(0, field.value.lastIndexOf(",") + 1);
  for (const option of field.list?.options ?? []) {
    option.dataset.own ??= option.value;
    option.value = before ? `${before} ${option.dataset.own}` : option.dataset.own;
  }
});
