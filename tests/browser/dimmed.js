// How many wires step back while a card has the focus.
(() => {
  const shown = (element) => element.getClientRects().length > 0;
  const wires = [...document.querySelectorAll(".wire")].filter(shown);
  return ["team/commerce", "service/checkout"].map((node) => {
    [...document.querySelectorAll(`[data-node="${node}"]`)].find(shown).focus();
    for (const animation of document.getAnimations()) animation.finish();
    const dim = wires.filter((wire) => getComputedStyle(wire).opacity < 0.5).length;
    return `${node.split("/")[1]}: ${dim} of ${wires.length} dim`;
  });
})()
