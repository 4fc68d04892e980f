"use strict";
// Filters over what already stands in the page: without scripts everything is there to read, unfiltered.
// Of what fits, STEP items are shown at a time: a browser lays out and tabs through a few hundred at once, not through thousands.
const STEP = 500;
const lists = new Map();
const fold = (text) => text.normalize("NFKC").toLowerCase();

class Listing {
  constructor(form) {
    this.form = form;
    this.list = document.getElementById(form.dataset.list);
    this.items = Array.from(this.list.children);
    this.texts = new Array(this.items.length);
    this.fields = Array.from(form.querySelectorAll("select"));
    this.search = form.querySelector("input");
    this.status = document.getElementById(form.dataset.shown);
    this.more = document.getElementById(form.dataset.more);
    this.limit = STEP;
    this.whole = false; // whether a word searched for is a whole entry of the clauses at the item's end
    let timer = 0;
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => this.first(), 120); });
    form.addEventListener("reset", () => setTimeout(() => this.first()));
    this.more.addEventListener("click", () => this.next());
    this.apply();
  }

  fits(index, words, wanted) {
    const item = this.items[index];
    if (!wanted.every((field) => item.dataset[field.name] === field.value)) return false;
    if (words.length === 0) return true;
    this.texts[index] ??= fold(item.textContent);
    const text = this.texts[index];
    // a clause's own findings: "fisc-2012:技2" is not the beginning of "fisc-2012:技24"
    return words.every((word) => this.whole ? text.includes(`${word},`) || text.trimEnd().endsWith(word) : text.includes(word));
  }

  apply() {
    const words = fold(this.search.value).split(/\s+/).filter(Boolean);
    const wanted = this.fields.filter((field) => field.value !== "");
    let count = 0;
    this.items.forEach((item, index) => {
      const fits = this.fits(index, words, wanted);
      count += fits;
      const hidden = !fits || count > this.limit;
      if (item.hidden !== hidden) item.hidden = hidden;
    });
    const rest = Math.max(0, count - this.limit);
    this.more.hidden = rest === 0;
    this.more.textContent = this.more.dataset.text.replace("{0}", rest.toLocaleString());
    this.status.textContent = this.status.dataset.text.replace("{0}", count.toLocaleString()).replace("{1}", this.items.length.toLocaleString());
  }

  first(whole = false) {
    this.whole = whole;
    this.limit = STEP;
    this.apply();
  }

  // The next items, and the keyboard on the first of them.
  next() {
    const before = this.items.filter((item) => !item.hidden).pop();
    this.limit += STEP;
    this.apply();
    const added = before && this.items.slice(this.items.indexOf(before) + 1).find((item) => !item.hidden);
    if (added) (added.querySelector("summary") ?? added).focus();
  }

  clear() {
    for (const field of [this.search, ...this.fields]) field.value = "";
  }

  // Show one item, whatever the filters hide.
  reveal(item) {
    if (!item.hidden) return;
    this.clear();
    this.limit = Math.max(STEP, this.items.indexOf(item) + 1);
    this.apply();
  }

  find(text) {
    this.clear();
    this.search.value = text;
    this.first(true);
  }

  // Everything that fits, for paper; and back.
  unbounded(on) {
    this.kept = on ? this.limit : this.kept;
    this.limit = on ? Infinity : this.kept;
    this.apply();
  }
}

for (const form of document.querySelectorAll("form.filters")) lists.set(form.dataset.list, new Listing(form));

function follow() {
  let id = "";
  try { id = decodeURIComponent(location.hash.slice(1)); } catch { return; }
  const target = id && document.getElementById(id);
  if (!target) return;
  lists.get(target.parentElement.id)?.reveal(target);
  if (target.tagName === "DETAILS") target.open = true;
  setTimeout(() => target.scrollIntoView());
}
addEventListener("hashchange", follow);
follow();

// "All findings of this clause"
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-search]");
  if (link) lists.get("finding-list").find(link.dataset.search);
});

// On paper nothing can be unfolded.
let folded = [];
addEventListener("beforeprint", () => {
  for (const listing of lists.values()) listing.unbounded(true);
  folded = Array.from(document.querySelectorAll("details:not([open])"));
  for (const details of folded) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of folded) details.open = false;
  for (const listing of lists.values()) listing.unbounded(false);
});
