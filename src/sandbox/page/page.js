// Keeps the page as the catalog is: asks for it again whenever something changed,
// and puts in what is other than before, so that the focus, what was typed and
// where one has scrolled to stay. Attributes that begin with `data-own` are the
// script's, and no answer of the server changes them.
"use strict";

const MARKED_FOR = 4000;

// The parts of the page

const isOwn = (name) => name === "style" || name.startsWith("data-own");

const keyOf = (node) =>
  (node.nodeType === Node.ELEMENT_NODE && (node.dataset.key ?? node.dataset.node ?? node.id)) || null;

const isSame = (one, other) => one.nodeName === other.nodeName && keyOf(one) === keyOf(other);

// Makes a part what another is; `changed` is told every element that had to change.
function morph(from, to, changed) {
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.data !== to.data) {
      from.data = to.data;
      changed(from.parentElement);
    }
    return;
  }
  morphAttributes(from, to, changed);
  const keyed = new Map();
  for (const child of from.childNodes) {
    const key = keyOf(child);
    if (key !== null) keyed.set(key, child);
  }
  let at = from.firstChild;
  for (const next of [...to.childNodes]) {
    const key = keyOf(next);
    let match = key === null ? at : keyed.get(key);
    if (match && !isSame(match, next)) match = null;
    if (!match) {
      const added = from.insertBefore(document.adoptNode(next), at);
      changed(added.nodeType === Node.ELEMENT_NODE ? added : from);
      continue;
    }
    if (match === at) at = at.nextSibling;
    else from.insertBefore(match, at);
    morph(match, next, changed);
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
    changed(from);
  }
}

function morphAttributes(from, to, changed) {
  for (const { name } of [...from.attributes]) {
    if (!isOwn(name) && !to.hasAttribute(name) && !isKept(from, name)) from.removeAttribute(name);
  }
  for (const { name, value } of [...to.attributes]) {
    if (isOwn(name) || isKept(from, name) || from.getAttribute(name) === value) continue;
    from.setAttribute(name, value);
    if (name === "data-version") changed(from);
  }
}

// What the reader or the script has set, and the server knows nothing of.
const isKept = (element, name) =>
  (name === "open" && element.localName === "details") || (name === "hidden" && element.id === "zoom");

// Asking again

let asking = null;

function ask(address, then) {
  asking?.abort();
  const request = new XMLHttpRequest();
  asking = request;
  request.open("GET", address);
  request.responseType = "document";
  request.onload = () => {
    asking = null;
    if (request.response) then(request.response);
  };
  request.onerror = () => { asking = null; };
  request.send();
}

function show(answer) {
  const touched = new Set();
  const before = new Map(rows().map((row) => [row.dataset.key, row]));
  const focused = document.activeElement;
  document.title = answer.title;
  for (const id of ["going-on", "page"]) {
    const [from, to] = [document.getElementById(id), answer.getElementById(id)];
    if (from && to) morph(from, to, (element) => touched.add(element));
  }
  // Whoever is moved loses the focus.
  if (focused !== document.activeElement && focused?.isConnected) focused.focus({ preventScroll: true });
  return { touched, before };
}

const rows = () => [...document.querySelectorAll("tr[data-key], article[data-key]")];

// What changed since the last answer is marked, and said once.
function refresh() {
  ask(location.href, (answer) => {
    const { touched, before } = show(answer);
    const marked = new Set();
    for (const element of touched) {
      const keyed = element?.isConnected && element.closest("[data-key], .card");
      if (keyed) marked.add(keyed);
    }
    mark(marked);
    say(marked, before);
  });
}

function mark(elements) {
  for (const element of elements) element.dataset.ownFresh = "";
  setTimeout(() => {
    for (const element of elements) delete element.dataset.ownFresh;
  }, MARKED_FOR);
}

function say(marked, before) {
  const now = new Set(rows().map((row) => row.dataset.key));
  const told = [...marked].filter((it) => it.matches("tr, article"))
    .map((it) => `${it.dataset.key.replace(/^entity /, "")} ${before.has(it.dataset.key) ? "changed" : "appeared"}`);
  for (const key of before.keys()) if (!now.has(key)) told.push(`${key} is gone`);
  if (told.length === 0) return;
  const announcement = document.getElementById("announcement");
  announcement.textContent = told.length > 3 ? `${told.length} entities changed` : told.join(", ");
}

// Several changes at once are one.
let soon = null;
function changed() {
  soon ??= setTimeout(() => {
    soon = null;
    refresh();
  }, 40);
}

// Live changes; a page that nobody sees holds no connection.

let events = null;

function live(state, text) {
  const element = document.getElementById("live");
  element.dataset.ownState = state;
  element.textContent = text;
}

function listen() {
  if (events) return;
  events = new EventSource("/events");
  // What happened before the stream began, or while it was interrupted.
  events.addEventListener("begun", () => {
    live("live", "live");
    changed();
  });
  events.addEventListener("change", changed);
  events.onerror = () => {
    live("lost", "not connected");
    if (events?.readyState === EventSource.CLOSED) {
      events = null;
      setTimeout(listen, 2000);
    }
  };
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") return listen();
  events?.close();
  events = null;
});

// Searching while one types

let typed = null;

function search(form) {
  const parameters = new URLSearchParams(new FormData(form));
  if (!parameters.get("q")) parameters.delete("q");
  const address = `${form.getAttribute("action")}${parameters.size > 0 ? `?${parameters}` : ""}`;
  ask(address, (answer) => {
    history.replaceState(null, "", address);
    show(answer);
    const count = document.querySelector(".list .note")?.textContent ?? "";
    document.getElementById("announcement").textContent = count.split(".")[0];
  });
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[role=search]");
  if (!form) return;
  clearTimeout(typed);
  typed = setTimeout(() => search(form), 120);
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[role=search]")) return;
  event.preventDefault();
  clearTimeout(typed);
  search(event.target);
});

// The drawing: its size, moving it, and the wires of what is pointed at

const board = () => document.getElementById("board");
const drawing = () => [...board().querySelectorAll("svg")].find((it) => it.getClientRects().length > 0);

// Keeps the point at (x, y) of the board where it is.
function zoom(factor, x, y) {
  const [frame, svg] = [board(), drawing()];
  const { width, height } = svg.viewBox.baseVal;
  const before = svg.getBoundingClientRect().width / width;
  const scale = Math.min(4, Math.max(0.1, before * factor));
  const box = frame.getBoundingClientRect();
  const [atX, atY] = [x ?? box.width / 2, y ?? box.height / 2];
  const [left, top] = [frame.scrollLeft + atX, frame.scrollTop + atY];
  svg.style.maxWidth = "none";
  svg.style.width = `${width * scale}px`;
  svg.style.height = `${height * scale}px`;
  frame.scrollTo(left * (scale / before) - atX, top * (scale / before) - atY);
}

function fit() {
  const [frame, svg] = [board(), drawing()];
  const { width, height } = svg.viewBox.baseVal;
  const room = getComputedStyle(frame);
  const inner = (side, ...paddings) => frame[side] - paddings.reduce((sum, it) => sum + parseFloat(room[it]), 0);
  const shown = svg.getBoundingClientRect().width / width;
  const scale = Math.min(
    inner("clientWidth", "paddingLeft", "paddingRight") / width,
    inner("clientHeight", "paddingTop", "paddingBottom") / height,
  );
  zoom(scale / shown);
}

const ZOOM = { in: () => zoom(1.25), out: () => zoom(0.8), fit };

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-zoom]");
  if (button) ZOOM[button.dataset.zoom]();
});

document.addEventListener("keydown", (event) => {
  if (!event.target.closest?.("#board") || event.ctrlKey || event.metaKey || event.altKey) return;
  const action = { "+": ZOOM.in, "=": ZOOM.in, "-": ZOOM.out, 0: fit }[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

document.addEventListener("wheel", (event) => {
  if (!event.target.closest?.("#board") || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  const box = board().getBoundingClientRect();
  zoom(Math.exp(-event.deltaY / 300), event.clientX - box.left, event.clientY - box.top);
}, { passive: false });

let drag = null;

document.addEventListener("pointerdown", (event) => {
  if (event.pointerType !== "mouse" || event.button !== 0 || !event.target.closest?.("#board")) return;
  drag = { x: event.clientX, y: event.clientY, left: board().scrollLeft, top: board().scrollTop, moved: false };
});

document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const [x, y] = [event.clientX - drag.x, event.clientY - drag.y];
  drag.moved ||= Math.hypot(x, y) > 4;
  if (!drag.moved) return;
  board().dataset.ownDrag = "";
  board().scrollTo(drag.left - x, drag.top - y);
});

document.addEventListener("pointerup", () => {
  if (!drag) return;
  if (drag.moved) {
    // A link that was dragged is not a link that was pressed.
    const refuse = (event) => event.preventDefault();
    addEventListener("click", refuse, { capture: true });
    setTimeout(() => {
      removeEventListener("click", refuse, { capture: true });
      delete board()?.dataset.ownDrag;
    });
  }
  drag = null;
});

document.addEventListener("dragstart", (event) => {
  if (event.target.closest?.("#board")) event.preventDefault();
});

let pinch = null;
const between = ([one, other]) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);

document.addEventListener("touchstart", (event) => {
  const on = event.touches.length === 2 && event.target.closest?.("#board");
  pinch = on ? between(event.touches) : null;
}, { passive: true });

document.addEventListener("touchmove", (event) => {
  if (pinch === null || event.touches.length !== 2) return;
  event.preventDefault();
  const [box, apart] = [board().getBoundingClientRect(), between(event.touches)];
  const [one, other] = event.touches;
  zoom(apart / pinch, (one.clientX + other.clientX) / 2 - box.left, (one.clientY + other.clientY) / 2 - box.top);
  pinch = apart;
}, { passive: false });

function light(event) {
  const card = event.target.closest?.("#board .card");
  for (const svg of document.querySelectorAll("svg[data-own-dim]")) {
    delete svg.dataset.ownDim;
    for (const wire of svg.querySelectorAll("[data-own-lit]")) delete wire.dataset.ownLit;
  }
  if (!card) return;
  const svg = card.ownerSVGElement;
  const index = card.id.split("-").pop();
  svg.dataset.ownDim = "";
  for (const wire of svg.querySelectorAll(`.wire.f${index}, .wire.t${index}`)) wire.dataset.ownLit = "";
}

document.addEventListener("pointerover", light);
document.addEventListener("focusin", light);

document.documentElement.dataset.ownScript = "";
document.getElementById("zoom")?.removeAttribute("hidden");
listen();
