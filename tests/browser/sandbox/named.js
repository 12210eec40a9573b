// What a screen reader would miss: landmarks, headings, names, labels.
(() => {
  const wrong = [];
  const shown = (element) => element.getClientRects().length > 0;
  const one = (selector) => {
    const count = document.querySelectorAll(selector).length;
    if (count !== 1) wrong.push(`${count} × ${selector}`);
  };
  ["main", "h1", "header", "footer", "nav[aria-label=Pages]", "[role=status]", "html[lang]"].forEach(one);
  if (!document.title) wrong.push("the page has no title");
  let level = 1;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    const next = Number(heading.localName[1]);
    if (next > level + 1) wrong.push(`${heading.localName} \`${heading.textContent}\` follows on h${level}`);
    level = next;
  }
  const name = (element) =>
    element.getAttribute("aria-label") ||
    document.getElementById(element.getAttribute("aria-labelledby"))?.textContent ||
    element.labels?.[0]?.textContent || element.textContent.trim();
  for (const element of document.querySelectorAll("a, button, input:not([type=hidden]), section, nav, summary, [role=region], [role=group]")) {
    if (shown(element) && !name(element)) wrong.push(`${element.outerHTML.slice(0, 80)} has no name`);
  }
  for (const table of document.querySelectorAll("table")) {
    if (!table.querySelector("thead th[scope=col]")) wrong.push("a table has no headings");
    if ([...table.querySelectorAll("tbody tr")].some((row) => !row.querySelector("th[scope=row]"))) wrong.push("a row has no heading");
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push(`the id ${id} is there twice`);
  for (const element of document.querySelectorAll("[tabindex]")) if (element.tabIndex > 0) wrong.push("a tabindex above 0");
  return wrong;
})()
