// Runs in the page: finds things the way a person does, in every frame of the same origin.
// arguments: [command, argument]. Always answers { frames, items, opaque, stray, seen, hidden, sign }.
const command = arguments[0];
const arg = arguments[1];

// ---- text as a person compares it: width, spaces and decoration of labels do not count
const key = (s) => (s || '').normalize('NFKC').replace(/[\s\u3000\u200b]+/g, '');
const label = (s) =>
  key(s)
    .replace(/[([【]?必須[)\]】]?/g, '')
    .replace(/^[*※●■◆○◇□・]+|[:*※]+$/g, '');
const wanted = (s) => s.split('/').map(label).join('/');
const bare = (s) => s.replace(/\(.*?\)|【.*?】|\[.*?\]/g, '');
const short = (s) => (s || '').trim().replace(/\s+/g, ' ').slice(0, 30);

const BUTTONS = 'input[type=submit], input[type=button], input[type=image], input[type=reset], button';
const LINKS = 'a[href], a[onclick], area[href], [role=link], [role=menuitem], [role=tab], summary';
const CONTROLS =
  'input:not([type=hidden]):not([type=submit]):not([type=button]):not([type=image]):not([type=reset]), select, textarea';

// ---- frames
const reply = { frames: [], items: [], opaque: [], stray: false, seen: [], hidden: 0, sign: '' };
const places = [];
function walk(win, path, name) {
  let doc = null;
  try {
    doc = win.document;
    void doc.documentElement;
  } catch (e) {
    doc = null;
  }
  if (!doc) {
    reply.opaque.push(path);
    return;
  }
  places.push({ win, doc, path, name });
  for (let i = 0; i < win.frames.length; i++) {
    const child = win.frames[i];
    let own = '';
    try {
      own = child.name;
    } catch (e) {
      own = '';
    }
    walk(child, path.concat(i), (name ? name + '/' : '') + (own || '#' + (i + 1)));
  }
}
const numbered = (path) => path.map((n) => '#' + (n + 1)).join('/');
let root = window;
if (arg.base) {
  walk(window, arg.base, numbered(arg.base));
} else {
  try {
    void window.top.document.body;
    root = window.top;
  } catch (e) {
    reply.stray = true;
  }
  if (!reply.stray) walk(root, [], '');
}

for (const { win } of places) if (win.__shokiGuard) win.__shokiGuard();

// ---- what can be seen
function frameOf(win) {
  try {
    return win === root ? null : win.frameElement;
  } catch (e) {
    return null;
  }
}
function shown(el) {
  if (!el.getClientRects().length) return false;
  const win = el.ownerDocument.defaultView;
  if (!win || win.getComputedStyle(el).visibility !== 'visible') return false;
  for (let w = win, f = frameOf(w); f; w = w.parent, f = frameOf(w)) {
    const r = f.getBoundingClientRect();
    if (r.width < 1 || r.height < 1) return false;
  }
  return true;
}
const text = (el) => (el.innerText === undefined ? el.textContent : el.innerText) || '';
function controlText(el) {
  if (el.tagName === 'SELECT') return el.selectedOptions.length ? el.selectedOptions[0].text : '';
  if (el.type === 'password') return '';
  return el.value || '';
}
function cellText(cell) {
  const controls = [...cell.querySelectorAll(CONTROLS)].filter(shown);
  if (!controls.length) return text(cell).trim();
  const radios = controls.filter((c) => c.type === 'radio' || c.type === 'checkbox');
  if (radios.length === controls.length) {
    return radios.filter((c) => c.checked).map((c) => around(c).after.trim() || c.value).join(' ');
  }
  return controls.length === 1 ? controlText(controls[0]).trim() : text(cell).trim();
}

// ---- labels of a control
function around(el) {
  const holder = el.closest('td, th, dd, li, p, label, div, form, body') || el.parentElement;
  const walker = el.ownerDocument.createTreeWalker(holder, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  let before = '', after = '', passed = false, run = '';
  for (let n = walker.nextNode(); n; n = walker.nextNode()) {
    if (n === el) {
      before = run;
      run = '';
      passed = true;
    } else if (n.nodeType === 3) {
      if (!n.parentElement.closest('script, style, option')) run += n.data;
    } else if (n.matches(CONTROLS) || n.matches(BUTTONS) || /^(BR|TR|HR|TABLE)$/.test(n.tagName)) {
      if (passed) break;
      run = '';
    }
  }
  if (passed) after = run;
  return { before, after };
}
const holds = (cell) => !!cell.querySelector(CONTROLS);
function leftOf(el) {
  let cell = el.closest('td, th');
  for (let level = 0; cell && level < 3; level++) {
    for (let c = cell.previousElementSibling; c; c = c.previousElementSibling) {
      if (holds(c)) break;
      if (key(text(c))) return text(c);
    }
    cell = cell.parentElement.closest('td, th');
  }
  return '';
}
function column(cell) {
  let n = 0;
  for (let c = cell.previousElementSibling; c; c = c.previousElementSibling) n += c.colSpan || 1;
  return n;
}
function cellAt(row, col) {
  let n = 0;
  for (const c of row.cells || []) {
    if (n === col) return c;
    n += c.colSpan || 1;
    if (n > col) return null;
  }
  return null;
}
function aboveOf(el) {
  const cell = el.closest('td, th');
  const row = cell && cell.closest('tr');
  const table = row && row.closest('table');
  if (!table) return '';
  const col = column(cell);
  for (let i = [...table.rows].indexOf(row) - 1; i >= 0; i--) {
    const c = cellAt(table.rows[i], col);
    if (c && !holds(c) && key(text(c))) return text(c);
  }
  return '';
}
function labelsOf(el) {
  const found = [];
  const add = (rank, s) => {
    if (s && label(s)) found.push({ rank, text: label(s), shown: short(s) });
  };
  const { before, after } = around(el);
  const marked = el.type === 'radio' || el.type === 'checkbox';
  const left = leftOf(el);
  const dd = el.closest('dd');
  const dt = dd && dd.previousElementSibling ? text(dd.previousElementSibling) : '';
  const set = el.closest('fieldset');
  const legend = set && set.querySelector('legend') ? text(set.querySelector('legend')) : '';
  for (const l of el.labels || []) add(0, text(l));
  add(0, el.getAttribute('aria-label'));
  add(0, marked ? after : before);
  add(marked ? 1 : 0, left);
  add(marked ? 1 : 0, dt);
  if (marked) add(1, legend);
  for (const group of [left, dt, legend, before]) {
    // In 「[ ]年[ ]月」 the text after a box is its own; the text before it is its neighbour's.
    for (const [part, rank] of [[after, 0], [before, 0.25]]) {
      if (label(group) && label(part) && group !== part) {
        found.push({ rank, text: label(group) + '/' + label(part), shown: short(group) + '/' + short(part) });
      }
    }
  }
  add(2, aboveOf(el));
  add(2, el.getAttribute('placeholder'));
  add(2, el.getAttribute('title'));
  add(3, el.getAttribute('name'));
  add(3, el.id);
  return found;
}
function rankOf(labels, want) {
  let best = null;
  for (const l of labels) {
    const rank = l.text === want ? l.rank : bare(l.text) === want ? l.rank + 0.5 : null;
    if (rank !== null && (best === null || rank < best.rank)) best = { rank, name: l.shown };
  }
  return best;
}

// ---- tables
function grid(table) {
  const rows = [];
  [...table.rows].forEach((tr, r) => {
    rows[r] = rows[r] || [];
    let c = 0;
    for (const cell of tr.cells) {
      while (rows[r][c]) c++;
      for (let y = 0; y < (cell.rowSpan || 1); y++) {
        for (let x = 0; x < (cell.colSpan || 1); x++) (rows[r + y] = rows[r + y] || [])[c + x] = cell;
      }
    }
  });
  return rows.slice(0, table.rows.length);
}
function headers(rows, columns) {
  const at = {};
  for (let r = 0; r < Math.min(rows.length, 10); r++) {
    (rows[r] || []).forEach((cell, c) => {
      const name = cell ? label(text(cell)) : '';
      for (const want of columns) if (at[want] === undefined && name === label(want)) at[want] = c;
    });
    if (columns.every((w) => at[w] !== undefined)) return { row: r, at };
  }
  return null;
}
function rowFits(el, picks) {
  for (let tr = el.closest('tr'); tr; tr = tr.parentElement.closest('tr')) {
    const table = tr.closest('table');
    const rows = grid(table);
    const index = [...table.rows].indexOf(tr);
    const fits = picks.every((p) => {
      if (!p.column) return [...tr.cells].some((c) => key(cellText(c)) === key(p.value));
      const head = headers(rows, [p.column]);
      if (!head || head.row >= index) return false;
      const cell = rows[index][head.at[p.column]];
      return !!cell && key(cellText(cell)) === key(p.value);
    });
    if (fits) return true;
  }
  return false;
}

// ---- ready to be acted on?
function visiblePoint(el) {
  const r = el.getClientRects()[0];
  return { x: r.left + r.width / 2, y: r.top + r.height / 2 };
}
// The element and the frames around it, each with the point in its own window where the click will land.
function pointsUp(el) {
  const points = [];
  let win = el.ownerDocument.defaultView;
  let p = visiblePoint(el);
  for (let target = el; ; ) {
    points.push({ target, p, inside: p.x >= 0 && p.y >= 0 && p.x < win.innerWidth && p.y < win.innerHeight });
    const frame = frameOf(win);
    if (!frame) return points;
    const r = frame.getBoundingClientRect();
    p = { x: p.x + r.left + frame.clientLeft, y: p.y + r.top + frame.clientTop };
    target = frame;
    win = win.parent;
  }
}
function coveredBy(el) {
  if (!pointsUp(el).every((s) => s.inside)) el.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
  for (const { target, p } of pointsUp(el)) {
    const hit = target.ownerDocument.elementFromPoint(p.x, p.y);
    if (!hit) return '画面の外';
    const inLabel = hit.closest('label') && hit.closest('label').control === target;
    if (hit !== target && !target.contains(hit) && !inLabel) return hit.tagName.toLowerCase();
  }
  return null;
}
function missing(el) {
  if (el.ownerDocument.readyState !== 'complete') return ['loaded', null];
  if (!shown(el)) return ['visible', null];
  if (el.matches(':disabled') || el.getAttribute('aria-disabled') === 'true') return ['enabled', null];
  if (arg.edit && (el.readOnly || el.getAttribute('aria-readonly') === 'true')) return ['editable', null];
  for (let e = el; e; e = e.parentElement) {
    if (e.getAnimations && e.getAnimations().some((a) => a.playState === 'running')) return ['stable', null];
  }
  const cover = arg.untouched ? null : coveredBy(el);
  return cover ? ['uncovered', cover] : [null, null];
}

// ---- candidates
// A name may say how it is meant: css=, xpath=, name=, placeholder=, text=, right_of=, below=; else it is what a person sees.
function meant(name) {
  const m = /^(css|xpath|name|placeholder|text|right_of|below)=([^]*)$/.exec(name);
  return m ? { how: m[1], want: m[2] } : { how: 'seen', want: name };
}
function pressName(el) {
  const img = el.querySelector && el.querySelector('img');
  const own = el.tagName === 'INPUT' ? el.value || el.alt : text(el);
  const src = (el.getAttribute('src') || (img && img.getAttribute('src')) || '').split(/[/?#]/).filter(Boolean).pop();
  return [own, el.getAttribute('alt'), img && img.alt, el.title, el.getAttribute('aria-label'), src].filter(Boolean);
}
const pressables = () => (arg.only === 'button' ? BUTTONS + ', [role=button]' : arg.only === 'link' ? LINKS : BUTTONS + ', [role=button], ' + LINKS);
const innermost = (all) => all.filter((e) => !all.some((o) => o !== e && e.contains(o)));
// Whatever shows exactly this text, as deep inside as it goes.
function showing(doc, want, all) {
  const k = key(want);
  const found = [...doc.querySelectorAll(all)].filter((e) => !/^(SCRIPT|STYLE|HEAD|TITLE|OPTION)$/.test(e.tagName) && key(e.textContent) === k);
  return innermost(found.filter(shown));
}
// Where a label stands: the rectangles of its text, or of what shows it.
function anchors(doc, want) {
  const w = label(want);
  const out = [];
  if (!doc.body) return out;
  const walker = doc.createTreeWalker(doc.body, NodeFilter.SHOW_TEXT);
  for (let n = walker.nextNode(); n; n = walker.nextNode()) {
    if (n.data.length > 200 || label(n.data) !== w || !shown(n.parentElement)) continue;
    const range = doc.createRange();
    range.selectNodeContents(n);
    out.push(range.getBoundingClientRect());
  }
  if (out.length) return out;
  const whole = [...doc.body.querySelectorAll('*')].filter((e) => e.textContent.length < 200 && label(e.textContent) === w && shown(e));
  return innermost(whole).map((e) => e.getBoundingClientRect());
}
// A label stands before what it names, so what lies before the label is taken for farther away.
function apart(a, r) {
  const gap = Math.hypot(Math.max(0, a.left - r.right, r.left - a.right), Math.max(0, a.top - r.bottom, r.top - a.bottom));
  return r.bottom <= a.top || r.right <= a.left ? gap * 2 + 10 : gap;
}
function beyond(how, a, r) {
  if (how === 'right_of') return r.left >= a.right - 2 && r.top < a.bottom && r.bottom > a.top ? r.left - a.right : null;
  return r.top >= a.bottom - 2 && r.left < a.right && r.right > a.left ? r.top - a.bottom : null;
}
// The nearest of `all` by a measure between a label's rectangle and its own; null: does not count.
function nearest(all, places_of, measure) {
  let best = Infinity;
  const measured = all.map((c) => {
    const r = c.el.getBoundingClientRect();
    const d = Math.min(Infinity, ...places_of(c).map((a) => measure(a, r)).filter((v) => v !== null));
    if (d < best) best = d;
    return [d, c];
  });
  return best === Infinity ? [] : measured.filter(([d]) => d <= best + 1).map(([, c]) => c);
}
function pool(doc) {
  if (arg.kind === 'press') return [...doc.querySelectorAll(pressables())];
  if (arg.kind === 'any') return [...doc.querySelectorAll(pressables() + ', ' + CONTROLS)];
  return [...doc.querySelectorAll(CONTROLS)].filter((el) => (/^(radio|checkbox|file)$/.test(el.type) ? el.type : 'field') === arg.kind);
}
function seenPress(doc, want) {
  const out = [];
  for (const el of doc.querySelectorAll(pressables())) {
    const names = pressName(el);
    if (names.some((n) => key(n) === key(want))) out.push({ el, rank: 0, name: short(names[0]) });
    else if (el.matches(BUTTONS) && names.length && shown(el)) reply.seen.push(short(names[0]));
  }
  if (arg.only) return out;
  const inside = out.map((c) => c.el);
  for (const el of showing(doc, want, '[onclick]')) {
    if (!inside.some((e) => e === el || e.contains(el) || el.contains(e))) out.push({ el, rank: 1, name: short(text(el)) });
  }
  return out;
}
function seenField(doc, how, want) {
  const out = [];
  for (const el of arg.kind === 'any' ? doc.querySelectorAll(CONTROLS) : pool(doc)) {
    const labels = labelsOf(el);
    const held = { name: el.name, placeholder: el.getAttribute('placeholder') }[how];
    let best = how === 'seen' ? rankOf(labels, wanted(want)) : key(held) === key(want) ? { rank: 0, name: want } : null;
    if (arg.kind === 'radio') {
      const option = rankOf(labels.filter((l) => l.rank === 0), label(arg.option)) || (el.value === arg.option && { name: arg.option });
      const group = best || rankOf(labels, wanted(want + '/' + arg.option));
      best = option && group ? { rank: group.rank, name: option.name } : null;
    }
    if (best) out.push({ el, rank: best.rank, name: best.name });
    else if (labels.length && labels[0].rank < 3 && shown(el)) reply.seen.push(labels[0].shown);
  }
  return out;
}
function candidates(doc, { how, want }) {
  const plain = (all) => [...all].map((el) => ({ el, rank: 0, name: short(text(el)) || want }));
  if (how === 'css') return plain(doc.querySelectorAll(want));
  if (how === 'xpath') {
    const all = doc.evaluate(want, doc, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
    return plain(Array.from({ length: all.snapshotLength }, (_, i) => all.snapshotItem(i)).filter((n) => n.nodeType === 1));
  }
  if (how === 'text') return plain(showing(doc, want, 'body *'));
  if (how === 'right_of' || how === 'below') {
    const at = anchors(doc, want);
    return nearest(plain(pool(doc).filter(shown)), () => at, (a, r) => beyond(how, a, r));
  }
  if (arg.kind === 'press' || arg.kind === 'any') {
    if (how !== 'seen') return plain(pool(doc).filter((el) => key(el.getAttribute(how)) === key(want)));
    const found = seenPress(doc, want);
    if (found.length || arg.kind === 'press') return found;
    const fields = seenField(doc, how, want);
    return fields.length ? fields : plain(showing(doc, want, 'body *'));
  }
  return seenField(doc, how, want);
}
// Every candidate of one name in all frames, as far as row and neighbour fit.
function named(name, preference) {
  let all = [];
  for (const place of places) {
    for (const c of candidates(place.doc, meant(name))) {
      if (!arg.row || rowFits(c.el, arg.row)) all.push({ ...c, rank: c.rank + 100 * preference, place });
    }
  }
  if (arg.near) {
    const at = new Map(places.map((p) => [p, anchors(p.doc, arg.near)]));
    all = nearest(all.filter((c) => shown(c.el)), (c) => at.get(c.place), apart);
  }
  return all;
}
// The names in order of preference: the first that shows something, else the first that has something hidden.
function chosen() {
  let hidden = [];
  for (let i = 0; i < arg.names.length; i++) {
    const all = named(arg.names[i], i);
    const visible = all.filter((c) => shown(c.el));
    reply.hidden += all.length - visible.length;
    if (visible.length) return visible;
    if (!hidden.length) hidden = all;
  }
  return hidden;
}
function find() {
  if (arg.unmask) unmask();
  for (const place of places) {
    place.win.__shoki = [];
    if (arg.put !== undefined) place.win.__shokiMark = arg.put;
  }
  let all = chosen();
  const best = Math.min(...all.map((c) => c.rank));
  all = all.filter((c) => c.rank === best);
  if (arg.nth) all = all.slice(arg.nth - 1, arg.nth);
  for (const c of all) {
    const { el, place } = c;
    const [lacks, by] = all.length === 1 ? missing(el) : [null, null];
    const r = el.getBoundingClientRect();
    const form = el.form && el.form.acceptCharset ? el.form.acceptCharset : '';
    reply.items.push({
      path: place.path, frame: place.name, n: place.win.__shoki.push(el) - 1, rank: c.rank, name: c.name, lacks, by,
      rect: [r.left, r.top, r.width, r.height],
      tag: el.tagName.toLowerCase(), charset: form || place.doc.characterSet,
      max: el.maxLength === undefined || el.maxLength < 0 ? null : el.maxLength,
      el: all.length === 1 && place.win === window ? el : null,
    });
  }
  const ready = all.length === 1 && !reply.items[0].lacks;
  if (ready && arg.take && all[0].el.select) {
    all[0].el.focus();
    all[0].el.select();
  }
  if (arg.still) return ready ? still(all[0].el, reply.items[0]).then(signed) : signed();
}
// A click reaches what it is meant for or nothing: the page may move between the last look and the click. What is told of it is
// whether it reached, null where none came. Every look takes the guard away.
function guard(el) {
  const kinds = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click'];
  const win = el.ownerDocument.defaultView;
  let reached = null;
  const end = () => kinds.forEach((kind) => win.removeEventListener(kind, look, true));
  function look(e) {
    if (!e.isTrusted) return;
    if (reached === null) reached = e.composedPath().some((n) => n === el || n.control === el);
    if (!reached) {
      e.preventDefault();
      e.stopImmediatePropagation();
    }
    if (e.type === 'click') end();
  }
  kinds.forEach((kind) => win.addEventListener(kind, look, true));
  win.__shokiGuard = () => {
    end();
    delete win.__shokiGuard;
    return reached;
  };
}
// Its place two painted pictures later. A window in the background paints none, and a machine under load none in time: what is
// being animated does not move then, and does not stand still either.
function still(el, item) {
  return new Promise((done) => {
    let n = 0;
    const win = el.ownerDocument.defaultView;
    const step = () => (++n < 3 ? win.requestAnimationFrame(step) : done(true));
    step();
    setTimeout(done, 100);
  }).then((painted) => {
    const r = el.getBoundingClientRect();
    const was = item.rect;
    [item.lacks, item.by] = missing(el);
    const now = el.getBoundingClientRect();
    if (!painted && animated(el)) item.lacks = 'stable';
    if (Math.abs(r.left - was[0]) > 0.2 || Math.abs(r.top - was[1]) > 0.2) item.lacks = 'stable';
    item.rect = [now.left, now.top, now.width, now.height];
    if (!item.lacks) guard(el);
  });
}

// Properties that move what they animate; a keyframe's own `offset` is none.
const MOVES = /^(transform|translate|scale|rotate|offset[a-z]|inset|left|top|right|bottom|margin|padding|(min|max)?(width|height))/i;
function animated(el) {
  for (let e = el; e; e = e.parentElement) {
    const moving = e.getAnimations().filter((a) => a.playState === 'running');
    const frames = moving.flatMap((a) => (a.effect ? a.effect.getKeyframes() : []));
    if (frames.some((frame) => Object.keys(frame).some((name) => MOVES.test(name)))) return true;
  }
  return false;
}

// ---- has anything changed?
// A sign of what all documents show: another one as soon as a node, a value or what is scrolled to is another.
function signed() {
  reply.sign = places.map(({ win, doc }) => {
    if (!win.__shokiSeen || win.__shokiSeen.doc !== doc) win.__shokiSeen = watched(win, doc);
    const seen = win.__shokiSeen;
    counted(seen, seen.observer.takeRecords());
    let values = 0;
    for (const el of doc.querySelectorAll(CONTROLS)) {
      const value = /^(radio|checkbox)$/.test(el.type) ? String(el.checked) : el.value + '\n';
      for (let i = 0; i < value.length; i++) values = (values * 31 + value.charCodeAt(i)) | 0;
    }
    return [seen.id, seen.count, values, win.scrollX, win.scrollY].join(':');
  }).join(' ');
}
function watched(win, doc) {
  const seen = { doc, id: Math.random(), count: 0 };
  seen.observer = new win.MutationObserver((records) => counted(seen, records));
  seen.observer.observe(doc, { subtree: true, childList: true, attributes: true, characterData: true });
  for (const kind of ['load', 'scroll']) doc.addEventListener(kind, () => (seen.count += 1), true);
  return seen;
}
function counted(seen, records) {
  const ours = (n) => n.className === '__shoki_mask';
  if (records.some((r) => r.type !== 'childList' || ![...r.addedNodes, ...r.removedNodes].every(ours))) seen.count += 1;
}

// ---- label and value
function sameColour(a, b) {
  const colour = (e) => {
    const own = getComputedStyle(e).backgroundColor;
    return own === 'rgba(0, 0, 0, 0)' ? getComputedStyle(e.parentElement).backgroundColor : own;
  };
  return colour(a) === colour(b);
}
function isHeading(cell, right) {
  if (cell.tagName === 'TH' && right.tagName === 'TH') return true;
  const row = cell.closest('tr');
  const below = row.nextElementSibling && row.nextElementSibling.cells;
  if (!below || row.cells.length < 3) return false;
  if (cell.tagName !== right.tagName) return false;
  return sameColour(cell, right) && !sameColour(cell, below[Math.min(cell.cellIndex, below.length - 1)] || cell);
}
function valueBeside(cell) {
  if (cell.tagName === 'DT') {
    const dd = cell.nextElementSibling;
    return dd && dd.tagName === 'DD' ? dd : null;
  }
  for (let c = cell.nextElementSibling; c; c = c.nextElementSibling) {
    if (isHeading(cell, c)) break;
    if (c.tagName === 'TD' || cell.tagName === 'TD') return c;
  }
  const row = cell.closest('tr').nextElementSibling;
  const under = row && cell.tagName === 'TH' ? cellAt(row, column(cell)) : null;
  return under && under.tagName === 'TD' && !row.nextElementSibling ? under : null;
}
function valuesOf(doc, want) {
  const found = [];
  for (const cell of doc.querySelectorAll('td, th, dt')) {
    if (holds(cell) || !shown(cell) || label(text(cell)) !== want) continue;
    const beside = valueBeside(cell);
    if (beside) found.push({ el: beside, value: cellText(beside), rank: 0 });
  }
  if (found.length) return found;
  for (const el of doc.querySelectorAll(CONTROLS)) {
    if (el.type === 'radio' || el.type === 'checkbox' || !shown(el)) continue;
    const best = rankOf(labelsOf(el), want);
    if (best) found.push({ el, value: controlText(el).trim(), rank: 1 + best.rank });
  }
  return found.concat(inLines(doc, want));
}
// 「受付番号：R08-1　受付日：…」 in running text, as the lines are rendered.
function inLines(doc, want) {
  const pair = /([^\s\u3000:：\d][^\s\u3000:：]*)[\s\u3000]*[:：][\s\u3000]*(.*?)(?=[\s\u3000]+[^\s\u3000:：\d][^\s\u3000:：]*[:：]|$)/g;
  const body = doc.body && doc.body.tagName !== 'FRAMESET' ? text(doc.body) : '';
  const values = body
    .split(/[\n\t]/)
    .flatMap((line) => [...line.matchAll(pair)])
    .filter((m) => label(m[1]) === want && m[2].trim())
    .map((m) => m[2].trim());
  const around = (value) => [...doc.body.querySelectorAll('*')].filter((e) => text(e).includes(value)).pop() || doc.body;
  return values.map((value) => ({ el: command === 'evidence' ? around(value) : doc.body, value, rank: 5 }));
}
function read() {
  for (const name of arg.labels) {
    let all = [];
    for (const place of places) {
      all = all.concat(valuesOf(place.doc, wanted(name)).map((v) => ({ ...v, path: place.path, frame: place.name })));
    }
    const best = Math.min(...all.map((v) => v.rank));
    for (const v of all.filter((x) => x.rank === best)) {
      reply.items.push({ path: v.path, frame: v.frame, label: name, text: v.value });
    }
  }
}
function tables() {
  for (const place of places) {
    for (const table of place.doc.querySelectorAll('table')) {
      if (!shown(table)) continue;
      const cells = grid(table);
      const head = headers(cells, arg.columns);
      if (!head) continue;
      const rows = [];
      for (let r = head.row + 1; r < cells.length; r++) {
        const tr = table.rows[r];
        if (!shown(tr) || (tr.cells.length === 1 && arg.columns.length > 1)) continue;
        const at = (w) => cells[r][head.at[w]];
        if (arg.columns.every((w) => at(w) && label(text(at(w))) === label(w))) continue;
        rows.push(arg.columns.map((w) => (at(w) ? cellText(at(w)) : '')));
      }
      reply.items.push({ path: place.path, frame: place.name, rows });
    }
  }
}

// ---- what the screen says
function screenText(place) {
  const body = place.doc.body;
  if (!body || body.tagName === 'FRAMESET') return '';
  const buttons = [...place.doc.querySelectorAll(BUTTONS)].filter(shown).map((b) => b.value || '');
  return text(body) + '\n' + buttons.join('\n');
}
// The browser's own error page knows what it stands for.
function failure(win) {
  if (win.location.protocol !== 'chrome-error:') return null;
  const data = win.loadTimeDataRaw || {};
  return { address: (data.reloadButton || {}).reloadUrl || null, host: data.title || '', code: data.errorCode || '' };
}
function sizeOf(win) {
  const entry = win.performance && win.performance.getEntriesByType('navigation')[0];
  return entry ? entry.decodedBodySize || 0 : 0;
}
function statusOf(win) {
  const entry = win.performance && win.performance.getEntriesByType('navigation')[0];
  return entry ? entry.responseStatus || 0 : 0;
}
// Whether the timers of a moment that an act set have run: they come before one that is set later for as long.
function rested(win) {
  if (arg.rest === undefined) return true;
  if (!win.__shokiRest || win.__shokiRest.act !== arg.act) {
    const rest = { act: arg.act, over: false };
    win.__shokiRest = rest;
    win.setTimeout(() => (rest.over = true), arg.rest);
  }
  return win.__shokiRest.over;
}
function survey() {
  for (const place of places) {
    const size = sizeOf(place.win);
    // Its text alone would take longer than anybody waits.
    const screen = size > arg.most ? '' : key(screenText(place));
    reply.frames.push({
      size, status: statusOf(place.win),
      origin: place.win.location.origin, failed: failure(place.win), ready: place.doc.readyState === 'complete',
      rested: rested(place.win),
      fresh: arg.mark === undefined || place.win.__shokiMark !== arg.mark,
      hits: (arg.texts || []).map((t) => (key(t) ? screen.split(key(t)).length - 1 : 0)),
    });
    if (arg.put !== undefined) place.win.__shokiMark = arg.put;
  }
}

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
const holdsMyNumber = (s) => (s.normalize('NFKC').match(TWELVE) || []).some(isMyNumber);
function withMyNumber(doc) {
  const out = [...doc.querySelectorAll(CONTROLS)].filter((e) => holdsMyNumber(controlText(e)));
  if (!doc.body) return out;
  const walker = doc.createTreeWalker(doc.body, NodeFilter.SHOW_TEXT);
  for (let n = walker.nextNode(); n; n = walker.nextNode()) if (n.data.length >= 12 && holdsMyNumber(n.data)) out.push(n.parentElement);
  return out;
}
function masked(place) {
  const out = new Set(place.doc.querySelectorAll('input[type=password]'));
  for (const el of withMyNumber(place.doc)) out.add(el);
  for (const name of arg.labels) {
    const want = wanted(name);
    for (const v of valuesOf(place.doc, want)) out.add(v.el);
    for (const el of place.doc.querySelectorAll(CONTROLS)) if (rankOf(labelsOf(el), want)) out.add(el);
    for (const table of place.doc.querySelectorAll('table')) {
      const cells = grid(table);
      const head = headers(cells, [name]);
      if (!head || cells.length < 2) continue;
      cells.slice(head.row + 1).forEach((row) => row[head.at[name]] && out.add(row[head.at[name]]));
    }
  }
  return [...out];
}
// Bars over what is not to be seen. A click goes through them: one that is left behind covers nothing.
function paint(place, elements) {
  for (const el of elements) {
    const r = el.getBoundingClientRect();
    const box = place.doc.createElement('div');
    box.className = '__shoki_mask';
    box.style.cssText = `all:initial;position:fixed;z-index:2147483647;pointer-events:none;background:#000;left:${r.left - 1}px;top:${r.top - 1}px;width:${r.width + 2}px;height:${r.height + 2}px`;
    (place.doc.body || place.doc.documentElement).appendChild(box);
  }
}
function mask() {
  signed();
  for (const place of places) {
    const elements = masked(place);
    paint(place, elements);
    reply.items.push(elements.length);
  }
}
function evidence() {
  for (const place of places) {
    const elements = masked(place);
    let page = place.doc.body && place.doc.body.tagName !== 'FRAMESET' ? text(place.doc.body) : '';
    for (const el of elements) {
      for (const s of [text(el).trim(), cellText(el)]) if (s) page = page.split(s).join('■■■');
    }
    paint(place, elements);
    reply.items.push({ path: place.path, url: place.win.location.href.split(/[?#]/)[0], title: place.doc.title || '', name: place.name, text: page });
  }
}
function unmask() {
  for (const place of places) place.doc.querySelectorAll('.__shoki_mask').forEach((e) => e.remove());
}

const later = { find, read, tables, survey, mask, evidence, unmask }[command]();
return later ? later.then(() => reply) : reply;
