// What the drawing that is shown holds: nodes, and edges as `a/b -relation-> c/d`.
(() => {
  const drawing = [...document.querySelectorAll("svg")].find((it) => it.getClientRects().length);
  const of = (kind) => [...drawing.querySelectorAll(kind)].map((it) => it.dataset);
  const area = (path) => { const box = path.getBBox(); return box.width + box.height; };
  const empty = [...drawing.querySelectorAll(".wire")].filter((it) => area(it) === 0).length;
  return {
    nodes: of(".card").map((it) => it.node).sort(),
    edges: of(".wire").map((it) => `${it.from} -${it.relation}-> ${it.to}`).sort(),
    empty,
  };
})()
