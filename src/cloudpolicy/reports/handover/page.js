"use strict";
// Filters over what already stands in the page: without scripts everything is there to read, unfiltered.
for (const form of document.querySelectorAll("form.filters")) {
  const list = document.getElementById(form.dataset.list);
  const shown = document.getElementById(form.dataset.shown);
  const items = Array.from(list.children);
  const texts = new Array(items.length);
  const fields = Array.from(form.querySelectorAll("select"));
  const search = form.querySelector("input");
  let timer = 0;
  const fold = (text) => text.normalize("NFKC").toLowerCase();

  function apply() {
    const words = fold(search.value).split(/\s+/).filter(Boolean);
    const wanted = fields.filter((field) => field.value !== "");
    let count = 0;
    items.forEach((item, index) => {
      let fits = wanted.every((field) => item.dataset[field.name] === field.value);
      if (fits && words.length) {
        texts[index] ??= fold(item.textContent);
        fits = words.every((word) => texts[index].includes(word));
      }
      if (item.hidden === fits) item.hidden = !fits;
      count += fits;
    });
    shown.textContent = shown.dataset.text.replace("{0}", count.toLocaleString()).replace("{1}", items.length.toLocaleString());
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(apply, 120); });
  form.addEventListener("reset", () => setTimeout(apply));
  form.cloudpolicyApply = apply;
  apply();
}

// A link to a clause or finding shows it, whatever the filters hide.
function reveal() {
  let id = "";
  try { id = decodeURIComponent(location.hash.slice(1)); } catch { return; }
  const target = id && document.getElementById(id);
  if (!target) return;
  if (target.hidden) {
    const form = document.querySelector(`form[data-list="${CSS.escape(target.parentElement.id)}"]`);
    if (form) { form.reset(); form.cloudpolicyApply(); }
  }
  if (target.tagName === "DETAILS") target.open = true;
  target.scrollIntoView();
}
addEventListener("hashchange", reveal);
reveal();

// "All findings of this clause"
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-search]");
  if (!link) return;
  const form = document.querySelector('form[data-list="finding-list"]');
  form.reset();
  form.querySelector("input").value = link.dataset.search;
  form.cloudpolicyApply();
});

// On paper nothing can be unfolded.
let folded = [];
addEventListener("beforeprint", () => {
  folded = Array.from(document.querySelectorAll("details:not([open])"));
  for (const details of folded) details.open = true;
});
addEventListener("afterprint", () => { for (const details of folded) details.open = false; });
