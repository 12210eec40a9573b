// What the list beside the drawing says, in the form of `drawn.js`; without what is
// not in the catalog.
(() => {
  const node = (link) => link.pathname.split("/").slice(2).map(decodeURIComponent).join("/");
  const items = [...document.querySelectorAll(".same > li")];
  const edges = items.flatMap((item) =>
    [...item.querySelectorAll("ul li")].map((way) => {
      const relation = way.querySelector("span bdi").textContent;
      return `${node(item.querySelector("a"))} -${relation}-> ${node(way.querySelector("a"))}`;
    }));
  return { nodes: items.map((item) => node(item.querySelector("a"))).sort(), edges: edges.sort(), empty: 0 };
})()
