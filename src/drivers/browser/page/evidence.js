// What is painted over before a picture is taken, and the words of the page for the evidence.

// ---- evidence
// At every place where twelve digits may begin: four others may stand before them. The marks are what systems make of a hyphen.
const TWELVE = /(?<![0-9０-９])(?=((?:[0-9０-９]{4}[-－‐‑‒–—―−ーｰ\s]{0,3}){2}[0-9０-９]{4}(?![0-9０-９])))/g;
// 個人番号 by its check digit; the weights are those of the ordinance.
function isMyNumber(s) {
  const d = [...digitsOf(s)].map(Number);
  let sum = 0;
  for (let n = 1; n <= 11; n++) sum += d[11 - n] * (n <= 6 ? n + 1 : n - 5);
  const rest = sum % 11;
  return d[11] === (rest <= 1 ? 0 : 11 - rest);
}
const digitsOf = (s) => s.normalize('NFKC').replace(/[^0-9]/g, '');
// Each with the place where it stands.
const numbersIn = (s) => [...s.matchAll(TWELVE)].map((m) => ({ at: m.index, text: m[1] })).filter((found) => isMyNumber(found.text));
const holdsMyNumber = (s) => numbersIn(s.replace(/\s+/g, ' ')).length > 0;
function withMyNumber(doc) {
  const shows = (e) => [e.matches(CONTROLS) ? controlText(e) : e.value, e.getAttribute('placeholder')];
  const out = [...doc.querySelectorAll(CONTROLS + ', ' + BUTTONS)].filter((e) => shows(e).some((s) => s && holdsMyNumber(s)));
  const body = bodyIn(doc);
  if (!body) return out;
  const walker = doc.createTreeWalker(body, NodeFilter.SHOW_TEXT);
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
    const joined = line.map((p) => p.text).join('').replace(/\s+/g, ' ');
    const whole = line.length < 2 || line.some((p) => holdsMyNumber(p.text));
    const parts = line.filter((p) => /[0-9]/.test(key(p.text)));
    for (const number of whole ? [] : numbersIn(joined)) found.push({ digits: digitsOf(number.text), parts });
    line = [];
  };
  const endRun = () => {
    const each = run.length > 1 && 12 % run[0].s.length === 0 ? 12 / run[0].s.length : 0;
    // Other digits may stand before it and after it: the number of the line, a year.
    for (let n = 0; each && n + each <= run.length; n++) {
      const parts = run.slice(n, n + each);
      const digits = parts.map(({ s }) => s).join('');
      if (isMyNumber(digits)) found.push({ digits, parts: parts.map(({ p }) => p) });
    }
    run = [];
  };
  for (const p of pieces(bodyIn(doc))) {
    if (p.text === undefined) endLine();
    else line.push(p);
    if (p.end === 'line') endRun();
    const s = key(p.control ? valueOf(p.control) : p.text);
    if (p.end || !s || /^[-‐‒–—―−ーｰ~]+$/.test(s)) continue;
    if (!/^[0-9]+$/.test(s) || (run.length && run[0].s.length !== s.length)) endRun();
    if (/^[0-9]+$/.test(s)) run.push({ s, p });
  }
  endLine();
  endRun();
  return found;
}
// 個人番号 over the ends of lines in one block: 「123456<br>789018」.
function numbersOverLines(doc) {
  const found = [];
  const blockOf = (n) => {
    let e = n.parentElement;
    while (e.parentElement && !BLOCKS.test(e.tagName) && !/^(BODY|TR|TABLE)$/.test(e.tagName)) e = e.parentElement;
    return e;
  };
  let [run, block] = [[], null];
  const endRun = () => {
    for (let from = 0; from < run.length; from++) {
      let joined = run[from].text.trim();
      for (let to = from + 1; to < Math.min(from + 12, run.length) && !holdsMyNumber(joined); to++) {
        joined += run[to].text.trim();
        const parts = run.slice(from, to + 1);
        const across = parts.some((p) => holdsMyNumber(p.text)) ? [] : numbersIn(joined);
        for (const number of across) found.push({ digits: digitsOf(number.text), parts });
      }
    }
    run = [];
  };
  for (const p of pieces(bodyIn(doc))) {
    if (p.text === undefined ? !p.control : /^[-‐‒–—―−ーｰ~]*$/.test(key(p.text))) continue;
    const within = p.text && /[0-9]/.test(key(p.text)) ? blockOf(p.node) : null;
    if (!within || within !== block) endRun();
    if (within) run.push(p);
    block = within;
  }
  endRun();
  return found;
}
// A label as a mask means it: 「氏名（漢字）」 and 「氏名▲」 are 氏名. Rather too much is painted over than too little.
const loose = memo((s) => bare(undecorated(label(s))).replace(/[▲▼△▽↑↓]/g, ''));
// Where a text stands, as closely as it can be told.
function whereabouts(doc, value) {
  const body = bodyIn(doc);
  const nodes = pieces(body).filter((p) => p.text && p.text.includes(value)).map((p) => rangeOf(p.node));
  if (nodes.length) return nodes;
  return [[...body.querySelectorAll('*')].filter((e) => text(e).includes(value)).pop() || body];
}
// What follows a label that stands in no cell of its own.
function following(doc, fits) {
  const all = pieces(bodyIn(doc));
  const isLabel = (p) => {
    if (!p.text || p.text.length > 60 || !fits(label(p.text))) return false;
    const cell = p.node.parentElement.closest('td, th, dt');
    return !cell || !fits(said(cell));
  };
  const counts = (p) => (p.control ? p.control.matches(CONTROLS) : !!label(p.text));
  return all.flatMap((p, n) => (isLabel(p) ? all.slice(n + 1, n + 30).filter(counts).slice(0, 1) : []));
}
// 「氏名　山田太郎　様」: what a text goes on with after a label that stands in it as words of its own, 「氏　名」 too.
function afterLabel(s, fits) {
  if (!/\S\s+\S/.test(s) || fits(label(s))) return '';
  const all = [...s.matchAll(/\S+/g)];
  for (let from = 0; from < all.length; from++) {
    for (let to = from; to < Math.min(from + 4, all.length - 1); to++) {
      const [start, end] = [all[from].index, all[to].index + all[to][0].length];
      if (end - start < 60 && fits(label(s.slice(start, end)))) return s.slice(end).replace(/^[\s:：]+/, '').trim();
    }
  }
  return '';
}
// The columns below a heading, also in the next table where the headings have one of their own.
function columnsBelow(table, fits) {
  const { rows, lines } = grid(table);
  const out = [];
  for (const cell of lines.flatMap((tr) => [...tr.cells])) {
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
  const out = labelCells(doc, fits).flatMap((cell) => valuesBeside(cell, true)).map((el) => [el]);
  for (const el of doc.querySelectorAll(CONTROLS)) if (labelsOf(el).some((l) => fits(l.text))) out.push([el]);
  for (const table of doc.querySelectorAll('table')) for (const el of columnsBelow(table, fits)) out.push([el]);
  const body = flowIn(doc);
  if (!body) return out;
  const inText = pairsOf(text(body)).filter((pair) => fits(pair.name)).map((pair) => pair.value);
  for (const value of inText) for (const el of whereabouts(doc, value)) out.push([el, [value]]);
  for (const p of following(doc, fits)) out.push(p.control ? [p.control] : [rangeOf(p.node), [p.text.trim()]]);
  for (const p of pieces(body)) {
    const rest = p.text ? afterLabel(p.text, fits) : '';
    if (rest) out.push([rangeOf(p.node), [rest, rest.replace(/\s*[様殿]$/, '')]]);
  }
  return out;
}
// The elements and ranges that are painted over, the texts that are taken out, and the digits of numbers that stand in pieces.
function masked({ doc }) {
  const [elements, by] = [[], new WeakMap()];
  const put = (el, texts) => {
    if (!by.has(el)) elements.push(el);
    by.set(el, texts);
  };
  for (const el of doc.querySelectorAll('input[type=password]')) put(el, null);
  for (const name of arg.labels) for (const [el, texts] of masksOf(doc, name)) if (!by.has(el)) put(el, texts || null);
  const split = bodyIn(doc) ? splitNumbers(doc).concat(numbersOverLines(doc)) : [];
  // A digit alone would take every such digit out of the text.
  for (const el of split.flatMap(({ parts }) => parts.map((p) => p.control || p.node.parentElement))) {
    if (!by.has(el) || /^[0-9]+$/.test(key(text(el)))) put(el, []);
  }
  for (const el of withMyNumber(doc)) put(el, null);
  const texts = elements.flatMap((el) => by.get(el) || [text(el).trim(), content(el)]);
  return { elements, texts, digits: split.map(({ digits }) => digits) };
}
// The text of a page without what is not to be seen. All of it is looked for in the text as it stands: what was taken out first
// would break up what is looked for next.
function scrubbed(page, { texts, digits }) {
  const spans = numbersIn(page).filter(({ text: s }) => !/[\n\t]/.test(s)).map(({ at, text: s }) => [at, at + s.length]);
  const sought = Object.create(null);
  for (const s of texts) if (s) sought[s] = true;
  for (const s in sought) for (let at = page.indexOf(s); at >= 0; at = page.indexOf(s, at + s.length)) spans.push([at, at + s.length]);
  for (const number of digits) {
    const either = [...number].map((d) => '[' + d + String.fromCharCode(0xff10 + Number(d)) + ']');
    const pieced = new RegExp(either.join('[-－‐‑‒–—―−ーｰ~\\s]*'), 'g');
    for (const m of page.matchAll(pieced)) spans.push([m.index, m.index + m[0].length]);
  }
  let [told, end] = ['', 0];
  for (const [from, to] of spans.sort((a, b) => a[0] - b[0])) {
    if (from >= end) told += page.slice(end, from) + '■■■';
    end = Math.max(end, to);
  }
  return told + page.slice(end);
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
    (bodyIn(doc) || doc.documentElement).appendChild(box);
    if (onTop) box.showPopover();
  }
}
function mask() {
  signed();
  for (const place of places) {
    const { elements } = masked(place);
    paint(place, elements);
    reply.items.push(elements.length);
  }
}
function evidence() {
  const all = places.map((place) => ({ place, body: flowIn(place.doc), masks: masked(place) }));
  // A title may say what stands in a frame.
  const whole = { texts: all.flatMap(({ masks }) => masks.texts), digits: all.flatMap(({ masks }) => masks.digits) };
  for (const { place, body, masks } of all) {
    const [page, title] = [body ? text(body) : '', scrubbed(titleIn(place.doc) || '', whole)];
    paint(place, masks.elements);
    reply.items.push({ path: place.path, url: place.win.location.href.split(/[?#]/)[0], title, name: place.name, text: scrubbed(page, masks) });
  }
}
function unmask() {
  for (const place of places) place.doc.querySelectorAll('.__shoki_mask').forEach((e) => e.remove());
}
