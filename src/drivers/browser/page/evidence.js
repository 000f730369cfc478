// What is painted over before a picture is taken, and the words of the page for the evidence.

// ---- evidence
const TWELVE = /(?<![0-9])[0-9]{4}[-\s]?[0-9]{4}[-\s]?[0-9]{4}(?![0-9])/g;
// 個人番号 by its check digit; the weights are those of the ordinance.
function isMyNumber(s) {
  const d = [...s.replace(/[^0-9]/g, '')].map(Number);
  let sum = 0;
  for (let n = 1; n <= 11; n++) sum += d[11 - n] * (n <= 6 ? n + 1 : n - 5);
  const rest = sum % 11;
  return d[11] === (rest <= 1 ? 0 : 11 - rest);
}
const holdsMyNumber = (s) => (s.normalize('NFKC').replace(/\s+/g, ' ').match(TWELVE) || []).some(isMyNumber);
function withMyNumber(doc) {
  const out = [...doc.querySelectorAll(CONTROLS)].filter((e) => holdsMyNumber(controlText(e)));
  if (!doc.body) return out;
  const walker = doc.createTreeWalker(doc.body, NodeFilter.SHOW_TEXT);
  for (let n = walker.nextNode(); n; n = walker.nextNode()) if (n.data.length >= 12 && holdsMyNumber(n.data)) out.push(n.parentElement);
  return out;
}
// What is typed into a field; of a button, of a box to tick and of a file nothing.
const valueOf = (el) => (el.matches(CONTROLS) && !isBox(el) && el.type !== 'file' ? controlText(el) : '');
// 個人番号 in several boxes, cells or pieces of a text of which none holds it alone: its digits and what it stands in.
function splitNumbers(doc) {
  const found = [];
  let [line, run] = [[], []];
  const endLine = () => {
    const joined = line.map((p) => p.text).join('').normalize('NFKC').replace(/\s+/g, ' ');
    const whole = line.length < 2 || line.some((p) => holdsMyNumber(p.text));
    const parts = line.filter((p) => /[0-9]/.test(key(p.text)));
    for (const number of (joined.match(TWELVE) || []).filter(isMyNumber)) {
      if (!whole) found.push({ digits: number.replace(/[^0-9]/g, ''), parts });
    }
    line = [];
  };
  const endRun = () => {
    const each = run.length > 1 && 12 % run[0].s.length === 0 ? 12 / run[0].s.length : 0;
    for (let n = 0; each && run.length % each === 0 && n < run.length; n += each) {
      const parts = run.slice(n, n + each);
      const digits = parts.map(({ s }) => s).join('');
      if (isMyNumber(digits)) found.push({ digits, parts: parts.map(({ p }) => p) });
    }
    run = [];
  };
  for (const p of pieces(doc.body)) {
    if (p.text === undefined) endLine();
    else line.push(p);
    if (p.end === 'line') endRun();
    const s = key(p.control ? valueOf(p.control) : p.text);
    if (p.end || !s || /^[-‐−–ーｰ~]+$/.test(s)) continue;
    if (!/^[0-9]+$/.test(s) || (run.length && run[0].s.length !== s.length)) endRun();
    if (/^[0-9]+$/.test(s)) run.push({ s, p });
  }
  endLine();
  endRun();
  return found;
}
// A label as a mask means it: 「氏名（漢字）」 and 「氏名▲」 are 氏名. Rather too much is painted over than too little.
const loose = memo((s) => bare(label(s)).replace(/[▲▼△▽↑↓]/g, ''));
// Where a text stands, as closely as it can be told.
function whereabouts(doc, value) {
  const nodes = pieces(doc.body).filter((p) => p.text && p.text.includes(value)).map((p) => rangeOf(p.node));
  if (nodes.length) return nodes;
  return [[...doc.body.querySelectorAll('*')].filter((e) => text(e).includes(value)).pop() || doc.body];
}
// What follows a label that stands in no cell of its own.
function following(doc, fits) {
  const all = pieces(doc.body);
  const isLabel = (p) => {
    if (!p.text || p.text.length > 60 || !fits(label(p.text))) return false;
    const cell = p.node.parentElement.closest('td, th, dt');
    return !cell || !fits(said(cell));
  };
  const counts = (p) => (p.control ? p.control.matches(CONTROLS) : !!label(p.text));
  return all.flatMap((p, n) => (isLabel(p) ? all.slice(n + 1, n + 30).filter(counts).slice(0, 1) : []));
}
// The columns below a heading, also in the next table where the headings have one of their own.
function columnsBelow(table, fits) {
  const { rows, at } = grid(table);
  const out = [];
  for (const cell of at.keys()) {
    if (!fits(said(cell)) || holds(cell)) continue;
    const { c, under } = spotOf(cell);
    const alone = under === rows.length && (valuesBeside(cell).length ? bodyOf(table) : nextTable(table));
    const apart = alone && Math.abs(grid(alone).width - grid(table).width) < 2 ? grid(alone).rows : [];
    for (const row of rows.slice(under).concat(apart)) out.push(...row.slice(c, c + (cell.colSpan || 1)).filter(Boolean));
  }
  return out;
}
// Everything that shows a value of this label: elements and ranges, some with the words by which the page's text has them.
function masksOf(doc, name) {
  const [want, plain] = [wanted(name), loose(name)];
  const fits = (s) => !!s && (s === want || (!!plain && loose(s) === plain));
  const out = labelCells(doc, fits).flatMap(valuesBeside).map((el) => [el]);
  for (const el of doc.querySelectorAll(CONTROLS)) if (labelsOf(el).some((l) => fits(l.text))) out.push([el]);
  for (const table of doc.querySelectorAll('table')) for (const el of columnsBelow(table, fits)) out.push([el]);
  if (!doc.body || doc.body.tagName === 'FRAMESET') return out;
  for (const value of inLines(doc, fits)) for (const el of whereabouts(doc, value)) out.push([el, [value]]);
  for (const p of following(doc, fits)) out.push(p.control ? [p.control] : [rangeOf(p.node), [p.text.trim()]]);
  return out;
}
function masked({ doc }) {
  const out = new Map([...doc.querySelectorAll('input[type=password]')].map((el) => [el, null]));
  for (const name of arg.labels) for (const [el, by] of masksOf(doc, name)) if (!out.has(el)) out.set(el, by || null);
  const split = doc.body ? splitNumbers(doc) : [];
  // A digit alone would take every such digit out of the text.
  for (const el of split.flatMap(({ parts }) => parts.map((p) => p.control || p.node.parentElement))) {
    if (!out.has(el) || /^[0-9]+$/.test(key(text(el)))) out.set(el, []);
  }
  for (const el of withMyNumber(doc)) out.set(el, null);
  return { out, digits: split.map(({ digits }) => digits) };
}
// The text of a page without what is not to be seen.
function scrubbed(page, { out, digits }) {
  for (const [el, by] of out) {
    for (const s of by || [text(el).trim(), content(el)]) if (s) page = page.split(s).join('■■■');
  }
  for (const number of digits) {
    const either = [...number].map((d) => '[' + d + String.fromCharCode(0xff10 + Number(d)) + ']');
    page = page.replace(new RegExp(either.join('[-\\s‐−–ーｰ~]*'), 'g'), '■■■');
  }
  return page;
}
// Bars over what is not to be seen. A click goes through them: one that is left behind covers nothing.
function paint({ doc }, elements) {
  // Over a modal dialog only what the browser itself puts on top is seen.
  const onTop = !!doc.querySelector(':is(:modal, :popover-open, :fullscreen)');
  for (const el of elements) {
    const r = el.getBoundingClientRect();
    const box = doc.createElement('div');
    box.className = '__shoki_mask';
    box.style.cssText = `all:initial;position:fixed;z-index:2147483647;pointer-events:none;background:#000;left:${r.left - 1}px;top:${r.top - 1}px;width:${r.width + 2}px;height:${r.height + 2}px`;
    if (onTop) box.popover = 'manual';
    (doc.body || doc.documentElement).appendChild(box);
    if (onTop) box.showPopover();
  }
}
function mask() {
  signed();
  for (const place of places) {
    const { out } = masked(place);
    paint(place, out.keys());
    reply.items.push(out.size);
  }
}
function evidence() {
  for (const place of places) {
    const masks = masked(place);
    const page = place.doc.body && place.doc.body.tagName !== 'FRAMESET' ? text(place.doc.body) : '';
    paint(place, masks.out.keys());
    reply.items.push({ path: place.path, url: place.win.location.href.split(/[?#]/)[0], title: place.doc.title || '', name: place.name, text: scrubbed(page, masks) });
  }
}
function unmask() {
  for (const place of places) place.doc.querySelectorAll('.__shoki_mask').forEach((e) => e.remove());
}
