// Search of a list that is on the page: names are found with and without diacritics. Without this script the list is whole.
"use strict";
(() => {
  const box = document.getElementById("search");
  const found = document.getElementById("found");
  document.getElementById("finder").hidden = false;
  const items = Array.from(document.querySelectorAll("li[data-name]"));
  const bare = (text) => text.toLocaleLowerCase("vi").normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d").trim();
  box.addEventListener("input", () => {
    const wanted = bare(box.value);
    let shown = 0;
    for (const item of items) {
      item.hidden = !item.dataset.name.includes(wanted);
      shown += item.hidden ? 0 : 1;
    }
    found.textContent = wanted ? `${shown} / ${items.length}` : "";
  });
})();
