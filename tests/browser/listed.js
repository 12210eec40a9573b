// What the list says, in the same form as the drawing; without what is elsewhere.
(() => {
  const key = (row) => row.querySelector("th .id").textContent;
  const edges = [];
  const rows = [...document.querySelectorAll("#entities tbody tr")];
  for (const row of rows) {
    for (const item of row.querySelectorAll("li:not(.from)")) {
      const relation = item.querySelector(".relation bdi")?.textContent;
      for (const link of item.querySelectorAll("a")) {
        edges.push(`${key(row)} -${relation}-> ${key(document.querySelector(link.hash))}`);
      }
    }
  }
  return { nodes: rows.map(key).sort(), edges: edges.sort(), empty: 0 };
})()
