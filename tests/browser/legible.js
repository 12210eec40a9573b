// What is wrong with the page as it is shown now: a list of texts.
(() => {
  const wrong = [];
  const page = document.documentElement;
  const width = page.clientWidth, height = page.scrollHeight;
  const shown = (element) => element.getClientRects().length > 0 && element.checkVisibility() && !element.closest(".away, .skip, .unseen, thead");
  const name = (element) => `\`${element.textContent.trim().slice(0, 40)}\``;
  const box = (element) => {
    const rect = element.getBoundingClientRect();
    return { left: rect.left, right: rect.right, top: rect.top + scrollY, bottom: rect.bottom + scrollY };
  };
  const inside = (inner, outer) =>
    inner.left >= outer.left - 0.5 && inner.right <= outer.right + 0.5 &&
    inner.top >= outer.top - 0.5 && inner.bottom <= outer.bottom + 0.5;

  if (page.scrollWidth > width) wrong.push(`the page is ${page.scrollWidth} wide, and the screen ${width}`);
  const drawings = [...document.querySelectorAll("svg")].filter(shown);
  if (document.querySelector("svg") && drawings.length !== 1) wrong.push(`${drawings.length} drawings are shown`);
  const drawing = drawings[0];

  // Every text: inside the page, and large enough.
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const holders = new Set();
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() && element.localName !== "title" && shown(element)) holders.add(element);
  }
  for (const element of holders) {
    if (!inside(box(element), { left: 0, top: 0, right: width, bottom: height })) wrong.push(`${name(element)} is outside of the page`);
    const scale = element.ownerSVGElement ? element.getScreenCTM().a : 1;
    const size = parseFloat(getComputedStyle(element).fontSize) * scale;
    if (size < 11) wrong.push(`${name(element)} is ${size} px`);
  }

  // Every text: seen against what is behind it (WCAG 2.2, 1.4.3).
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [red, green, blue] = channels(colour).map((it) => it / 255)
      .map((it) => (it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    const face = element.closest(".card")?.querySelector(".face");
    if (face && getComputedStyle(face).fill !== "none") return getComputedStyle(face).fill;
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (channels(colour)[3] !== 0) return colour;
    }
  };
  for (const element of holders) {
    const style = getComputedStyle(element);
    const pair = [element.ownerSVGElement ? style.fill : style.color, behind(element)].map(luminance);
    const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (contrast < 4.5) wrong.push(`${name(element)} has a contrast of ${contrast.toFixed(2)}`);
  }

  // The drawing: no text over another, none beyond its card, no card over another.
  const overlap = (one, other) =>
    Math.min(one.right, other.right) - Math.max(one.left, other.left) > 0.5 &&
    Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 0.5;
  for (const kind of ["text", ".face"]) {
    const all = [...(drawing?.querySelectorAll(kind) ?? [])].map((element) => [element, box(element)]);
    all.sort(([, one], [, other]) => one.top - other.top);
    all.forEach(([element, one], at) => {
      for (const [other, two] of all.slice(at + 1)) {
        if (two.top > one.bottom) break;
        if (overlap(one, two)) wrong.push(`${name(element.closest(".card") ?? element)} and ${name(other)} overlap`);
      }
    });
  }
  for (const card of drawing?.querySelectorAll(".card") ?? []) {
    const face = box(card.querySelector(".face"));
    for (const text of card.querySelectorAll("text")) {
      if (!inside(box(text), face)) wrong.push(`${name(text)} leaves its card`);
    }
  }
  return wrong;
})()
