// Search over all units of the site, whose list don-vi.js holds. Names of earlier lists are found too, and lead to what they became.
"use strict";
(() => {
  const MOST = 50;
  const box = document.getElementById("search");
  const found = document.getElementById("found");
  const results = document.getElementById("results");
  document.getElementById("finder").hidden = false;
  const bare = (text) => text.toLocaleLowerCase("vi").normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d").trim();
  const item = (unit) => {
    const line = document.createElement("li");
    const link = document.createElement("a");
    link.href = `../${unit.page}`;
    link.textContent = unit.name;
    const about = document.createElement("small");
    const until = unit.until ? `, đến ${unit.until}` : "";
    const now = unit.now.length ? `; nay thuộc ${unit.now.join(", ")}` : "";
    about.textContent = ` ${unit.code}, ${unit.in}${until}${now}`;
    line.append(link, about);
    return line;
  };
  box.addEventListener("input", () => {
    const wanted = bare(box.value);
    const matching = wanted ? UNITS.filter((unit) => unit.bare.includes(wanted)) : [];
    results.replaceChildren(...matching.slice(0, MOST).map(item));
    found.textContent = !wanted ? "" : matching.length > MOST ? `${MOST} / ${matching.length}` : `${matching.length}`;
  });
})();
