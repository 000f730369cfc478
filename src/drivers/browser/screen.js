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
places.forEach(heed);

// ---- what is on its way
// A document is told when it is to go. It stays until the next one arrives, and for good where what comes is no page.
function heed({ win, doc }) {
  const goes = doc.__shokiGoes || (doc.__shokiGoes = { since: null, ears: {} });
  // Anew at every look: a document that is written anew loses its listeners, and those of a frame that is gone hear nothing.
  for (const kind of Object.keys(goes.ears)) win.removeEventListener(kind, goes.ears[kind]);
  goes.ears = {
    beforeunload: () => {
      goes.since = Date.now();
    },
    // It went, was kept by the browser, and has come back.
    pageshow: (e) => {
      if (e.persisted) goes.since = null;
    },
  };
  for (const kind of Object.keys(goes.ears)) win.addEventListener(kind, goes.ears[kind]);
}
const leaving = (doc) => (doc.__shokiGoes.since === null ? null : Math.max(0, Date.now() - doc.__shokiGoes.since));

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
  if (el.tagName === 'SELECT') return [...el.selectedOptions].map((o) => o.text).join('、');
  if (el.type === 'password') return '';
  return el.value || '';
}
function cellText(cell) {
  const controls = [...cell.querySelectorAll(CONTROLS)].filter(shown);
  if (!controls.length) return text(cell).trim();
  const radios = controls.filter((c) => c.type === 'radio' || c.type === 'checkbox');
  if (radios.length === controls.length) {
    return radios.filter((c) => c.checked).map((c) => boxText(c) || c.value).join(' ');
  }
  return controls.length === 1 ? controlText(controls[0]).trim() : text(cell).trim();
}

// ---- what is worked out once in a look
function memo(make) {
  const known = new Map();
  return (of) => {
    if (!known.has(of)) known.set(of, make(of));
    return known.get(of);
  };
}
const words = memo(text);
const said = memo((el) => label(words(el)));
const content = memo(cellText);
const holds = memo((el) => !!el.querySelector(CONTROLS));
const isBox = (el) => el.type === 'radio' || el.type === 'checkbox';

// ---- words around a control in running text
const LINES = /^(BR|HR|TR|TABLE)$/;
const BLOCKS =
  /^(ADDRESS|ARTICLE|ASIDE|BLOCKQUOTE|CAPTION|CENTER|DD|DETAILS|DIALOG|DIR|DIV|DL|DT|FIELDSET|FIGCAPTION|FIGURE|FOOTER|FORM|H[1-6]|HEADER|LEGEND|LI|MAIN|MENU|NAV|OL|P|PRE|SECTION|SUMMARY|TBODY|TD|TFOOT|TH|THEAD|UL)$/;
const SILENT = /^(SCRIPT|STYLE|NOSCRIPT|TEMPLATE|DATALIST|OPTGROUP|OPTION)$/;
// What stands after the box it belongs to.
const UNIT =
  /^(年度?|年間|[かヶケカ箇]?月|週間|日間?|時間?|分|秒|[千万]?円|人|歳|才|件|枚|通|回|丁目|番地?|号室?|棟|階|室|%|点|個|冊|頁|ページ|mm?|cm|km|m2|ha|kg|g|坪)?(から|まで|より|以上|以下|以内|未満|以前|以降|現在|生|生まれ|付|頃|分)?$/;
const unitOf = (s) => {
  const [first] = s.trim().split(/\s+/);
  const unit = bare(label(first)).replace(/[()、。,~〜]/g, '');
  return unit && UNIT.test(unit) ? first : '';
};
// A short text that may name something; a remark does not: 「※半角」, 「(例: 0123)」.
const naming = (s) => {
  const name = bare(label(s.replace(/[※*][^]*$/, '')));
  return name.length > 6 ? '' : name;
};
// Texts, controls and ends of lines in an element, as they follow each other.
const pieces = memo((holder) => {
  const all = [];
  const collect = (el, link) => {
    for (const n of el.childNodes) {
      if (n.nodeType === 3) all.push({ text: n.data, node: n, link });
      if (n.nodeType !== 1 || SILENT.test(n.tagName)) continue;
      if (n.matches(CONTROLS) || n.matches(BUTTONS)) {
        all.push({ control: n });
        continue;
      }
      const end = LINES.test(n.tagName) ? 'line' : BLOCKS.test(n.tagName) ? 'block' : null;
      if (end) all.push({ end });
      collect(n, link || n.tagName === 'A');
      if (end) all.push({ end: 'block' });
    }
  };
  collect(holder, false);
  return all;
});
const placeIn = memo((holder) => new Map(pieces(holder).map((p, n) => [p.control, n])));
// The text beside a piece, up to the next control or the end of the line. Unless `strict`, a block that begins or ends before there
// is any text does not count: 「<div>氏名</div><input>」.
function textBeside(all, at, step, strict, links = true) {
  let s = '';
  for (let n = at + step; all[n]; n += step) {
    const p = all[n];
    if (p.control || p.end === 'line' || (p.end && (strict || label(s)))) break;
    if (p.text && (links || !p.link)) s = step > 0 ? s + p.text : p.text + s;
  }
  return s;
}
// The controls on one line with this one, boxes to tick or fields as it is one; the text before them, between them and after them.
function lineOf(el) {
  const holder = el.closest('td, th, dd, li, p, label, div, form, body') || el.parentElement;
  const all = pieces(holder);
  const at = placeIn(holder).get(el);
  const fits = (p) => p && !p.end && (!p.control || (p.control.matches(CONTROLS) && isBox(p.control) === isBox(el)));
  let [first, last] = [at, at];
  for (let n = at; fits(all[n]); n--) if (all[n].control) first = n;
  for (let n = at; fits(all[n]); n++) if (all[n].control) last = n;
  const between = [];
  for (let n = first + 1; n <= last; n++) if (all[n].control) between.push(textBeside(all, n, -1, true));
  const head = textBeside(all, first, -1, true);
  const tail = textBeside(all, last, 1, true, isBox(el));
  return { all, at, head, between, tail, alone: first === last, leads: at === first };
}
// The words of a field: its name before it, its unit after it. In 「[ ]年[ ]月[ ]日」 the text before a box is its neighbour's.
function fieldWords(el) {
  const { all, at, head, between, tail, alone, leads } = lineOf(el);
  const before = textBeside(all, at, -1, !leads);
  const after = textBeside(all, at, 1, false);
  const open = !label(head);
  const units = !!unitOf(tail) || (open && !naming(tail) && !alone && between.every(unitOf));
  const unknown = open && !alone && !!naming(tail) && !unitOf(tail);
  let own = before;
  if (!leads) {
    const theirs = units ? unitOf(before) : '';
    if (theirs) own = before.trim().slice(theirs.length);
    else if (unknown || (open && unitOf(tail) && !/^\s/.test(before))) own = '';
  }
  const unit = units ? unitOf(after) : '';
  const parts = unit ? [[unit, 0], [own, 0.25]] : unknown ? [[after, 0], [before, 0.25]] : [[own, 0], [after, 0.25]];
  return { own, unit, group: open && leads ? own : head, parts };
}
// On which side of the boxes of a line their words are: 1 after, -1 before, 0 where nobody can tell. The two ends tell; words at both
// are those of the boxes after the name of all.
function sideOfWords(el, { head, between, tail }) {
  if (!label(head)) return label(tail) ? 1 : 0;
  if (!bare(label(tail))) return -1;
  if (/^[●■◆○◇□・]|[:\]】]$/.test(key(head))) return 1;
  if (groupsOf(el).some((group) => label(group) === label(head))) return 1;
  return between.every((s) => /\s$/.test(s)) ? 1 : 0;
}
// 「区分：新規」 before a box: the name of all, its own.
function parted(s) {
  const t = s.replace(/[\s:：]+$/, '');
  const cut = Math.max(t.lastIndexOf(':'), t.lastIndexOf('：'));
  return { group: t.slice(0, Math.max(0, cut)), own: t.slice(cut + 1) };
}
function boxInText(el) {
  const line = lineOf(el);
  const after = textBeside(line.all, line.at, 1, false);
  if (line.alone) return label(after) ? { own: after, group: line.head } : parted(line.head);
  const side = sideOfWords(el, line);
  if (side > 0) return { own: after, group: line.head };
  if (side < 0) return { own: parted(textBeside(line.all, line.at, -1, true)).own, group: parted(line.head).group };
  return { own: '', group: '' };
}
// A box that is alone in its cell has its words in the next cell, on the side that the two ends of such cells tell. None where there
// are no words at all.
function boxInCells(cell) {
  const { rows, r } = spotOf(cell);
  const line = cellsOf(rows[r]).filter((c) => kindOf(c) !== 'blank');
  const at = line.indexOf(cell);
  let [from, to] = [at, at];
  while (from > 0 && kindOf(line[from - 1]) !== 'other') from--;
  while (to < line.length - 1 && kindOf(line[to + 1]) !== 'other') to++;
  const part = line.slice(from, to + 1);
  const boxes = part.filter((c) => kindOf(c) === 'box');
  const [first, last] = [part.indexOf(boxes[0]), part.lastIndexOf(boxes[boxes.length - 1])];
  const [left, right] = [part[first - 1], part[last + 1]];
  if (!left && !right) return null;
  const told = (c) => (c && kindOf(c) === 'text' ? words(c) : '');
  const beside = (step, group) => {
    const next = part[at - from + step];
    return { own: told(next), cell: told(next) ? next : null, group: told(group) };
  };
  const after = beside(1, left);
  const before = beside(-1, part[first - 2]);
  if (!left) return after;
  // The text after the last box may be the label of a field that follows.
  if (!right || (last + 2 === part.length && to < line.length - 1)) return before;
  const between = part.slice(first, last).filter((c) => kindOf(c) === 'text');
  if (!between.length) return { own: '', group: part[first] === cell ? told(left) : '' };
  const like = (one, other) => between.every((c) => sameLook(c, one)) && !sameLook(one, other);
  return like(right, left) ? after : like(left, right) ? before : { own: '', group: '' };
}
const kindOf = memo((cell) => {
  const controls = cell.querySelectorAll(CONTROLS);
  if (!controls.length) return cell.querySelector(BUTTONS) ? 'other' : said(cell) ? 'text' : 'blank';
  return controls.length === 1 && isBox(controls[0]) && !said(cell) ? 'box' : 'other';
});
// What the page itself calls a control, if it does.
const labelled = memo((el) => [...(el.labels || [])].map(text));
const given = (el) => labelled(el).find(label) || '';
function boxWords(el) {
  const cell = el.closest('td, th');
  const cells = cell && spotOf(cell) && kindOf(cell) === 'box' ? boxInCells(cell) : null;
  const { own, group, cell: from } = cells || boxInText(el);
  const part = given(el) || own;
  return { own: given(el) ? '' : own, from, unit: '', group, parts: [[part, 0]], left: cells ? '' : null };
}
// What a box is called where it stands, for reading.
const boxText = (el) => (given(el) || boxInText(el).own).trim();

// ---- labels of a control
// The nearest text to the left of a cell, up to a cell with a field of its own. A mark alone, 「：」 or 「必須」, is none.
function leftCell(cell) {
  const spot = spotOf(cell);
  for (let c = spot ? spot.c - 1 : -1; c >= 0; c--) {
    const left = spot.rows[spot.r][c];
    if (left && holds(left)) return null;
    if (left && said(left)) return left;
  }
  return null;
}
function leftOf(el) {
  let cell = el.closest('td, th');
  for (let level = 0; cell && level < 3; level++) {
    const left = leftCell(cell);
    if (left) return words(left);
    cell = cell.parentElement.closest('td, th');
  }
  return '';
}
// The nearest text above. What was found on the way is kept for the cells it was found for.
function aboveOf(el) {
  const cell = el.closest('td, th');
  const spot = cell && spotOf(cell);
  if (!spot) return '';
  const { rows, r, c } = spot;
  const known = (spot.above[c] = spot.above[c] || []);
  const passed = [];
  let found;
  for (let y = r; found === undefined; y--) {
    const up = y > 0 ? rows[y - 1][c] : null;
    if (y === 0) found = '';
    else if (known[y] !== undefined) found = known[y];
    else if (up && !holds(up) && said(up)) found = words(up);
    passed.push(y);
  }
  for (const y of passed) known[y] = found;
  return found;
}
function groupsOf(el) {
  const dd = el.closest('dd');
  const set = el.closest('fieldset');
  const legend = set && set.querySelector('legend');
  return [leftOf(el), dd && dd.previousElementSibling ? words(dd.previousElementSibling) : '', legend ? words(legend) : ''];
}
const labelsOf = memo((el) => {
  const found = [];
  const add = (rank, s, from) => {
    if (s && label(s)) found.push({ rank, text: label(s), shown: short(s), from });
  };
  const box = isBox(el);
  const near = box ? boxWords(el) : fieldWords(el);
  const [beside, dt, legend] = groupsOf(el);
  const left = box && near.left !== null ? near.left : beside;
  for (const s of labelled(el)) add(0, s);
  add(0, el.getAttribute('aria-label'));
  add(0, near.own, near.from);
  add(box ? 1 : 0, left);
  add(box ? 1 : 0, dt);
  add(0, near.unit);
  if (box) for (const group of [legend, near.group]) add(1, group);
  for (const group of [left, dt, legend, near.group]) {
    for (const [part, rank] of near.parts) {
      if (label(group) && label(part) && label(group) !== label(part)) {
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
});
function rankOf(labels, want) {
  let best = null;
  for (const l of labels) {
    const rank = l.text === want ? l.rank : bare(l.text) === want ? l.rank + 0.5 : null;
    if (rank !== null && (best === null || rank < best.rank)) best = { rank, name: l.shown };
  }
  return best;
}

// ---- tables
// The cells of a table as they lie, whatever they span, and where each begins.
const grid = memo((table) => {
  const lines = [...table.rows];
  const rows = lines.map(() => []);
  const at = new Map();
  lines.forEach((tr, r) => {
    let c = 0;
    for (const cell of tr.cells) {
      while (rows[r][c]) c++;
      at.set(cell, { r, c });
      const under = Math.min(r + (cell.rowSpan || 1), rows.length);
      for (let y = r; y < under; y++) for (let x = c; x < c + (cell.colSpan || 1); x++) rows[y][x] = cell;
    }
  });
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
  return { lines, rows, at, width, above: [], number: new Map(lines.map((tr, r) => [tr, r])) };
});
const cellsOf = (row) => [...new Set(row)].filter(Boolean);
// Where a cell begins, and the first row below it.
function spotOf(cell) {
  const table = cell.closest('table');
  const at = table && grid(table).at.get(cell);
  if (!at) return null;
  const { rows, above } = grid(table);
  return { rows, above, r: at.r, c: at.c, under: Math.min(at.r + (cell.rowSpan || 1), rows.length) };
}
function sameColour(a, b) {
  const colour = (e) => {
    const own = getComputedStyle(e).backgroundColor;
    return own === 'rgba(0, 0, 0, 0)' ? getComputedStyle(e.parentElement).backgroundColor : own;
  };
  return colour(a) === colour(b);
}
const sameLook = (a, b) => a.tagName === b.tagName && sameColour(a, b);
// The heading cells in these rows for which `fits` holds, each with its columns; of one over several columns and one below it only
// the one below.
function headingCells(rows, from, to, fits) {
  const found = new Map();
  for (let r = from; r <= to; r++) {
    rows[r].forEach((cell, c) => {
      if (!cell || !fits(cell, r, c)) return;
      if (!found.has(cell)) found.set(cell, { cell, r, columns: [] });
      const { columns } = found.get(cell);
      if (!columns.includes(c)) columns.push(c);
    });
  }
  const within = (a, b) => a.columns.every((c) => b.columns.includes(c));
  const all = [...found.values()];
  return all.filter((a, n) => !all.some((b, m) => within(b, a) && (a.columns.length > b.columns.length || m > n)));
}
// 「住所」 is a heading; 「異動前/住所」 the one below 異動前; 「住所/2」 the second column of that heading.
function headingsNamed(rows, from, to, want) {
  const whole = label(want);
  const exact = headingCells(rows, from, to, (cell) => said(cell) === whole);
  const cut = wanted(want).lastIndexOf('/');
  if (exact.length || cut < 0) return exact;
  const [group, name] = [wanted(want).slice(0, cut), wanted(want).slice(cut + 1)];
  const over = (r, c) => rows.slice(0, r).some((row) => row[c] && said(row[c]) === group);
  const below = headingCells(rows, from, to, (cell, r, c) => said(cell) === name && over(r, c));
  if (below.length || !/^[1-9]$/.test(name)) return below;
  const all = headingCells(rows, from, to, (cell) => said(cell) === group);
  const nth = all.flatMap((h) => h.columns.map((c) => ({ ...h, columns: [c] })))[name - 1];
  return nth ? [nth] : [];
}
// The headings of these columns, and the row they end at: one row of the first ten that has them all, or the rows up to it.
function headers(rows, columns) {
  const first = rows.slice(0, 10);
  const there = new Set(first.flatMap((row) => cellsOf(row).map(said)));
  const possible = (want) => there.has(label(want)) || wanted(want).split('/').some((part) => there.has(part));
  if (!columns.every(possible)) return null;
  for (let r = 0; r < first.length; r++) {
    const all = (from, to) => columns.map((want) => headingsNamed(rows, from, to, want));
    const whole = (at) => at.every((found) => found.length);
    if (!whole(all(0, r))) continue;
    let to = r;
    while (rows[to + 1] && rows[to + 1].length && cellsOf(rows[to + 1]).every((cell) => cell.tagName === 'TH')) to++;
    return { row: to, at: all(whole(all(r, r)) ? r : 0, to) };
  }
  return null;
}
// The first column that cannot be told, and what it may be called instead.
function doubtful(rows, { at }, columns) {
  const n = at.findIndex((found) => found.length > 1);
  if (n < 0) return null;
  const above = ({ cell, r, columns: [c] }) => {
    const over = rows.slice(0, r).map((row) => row[c]).filter((up) => up && up !== cell && said(up)).pop();
    return over ? short(words(over)) : '';
  };
  const groups = at[n].map(above);
  if (new Set(groups.filter(Boolean)).size === groups.length) return { name: columns[n], found: groups.map((g) => g + '/' + columns[n]) };
  return numberedColumns(columns[n], at[n]);
}
const numberedColumns = (name, found) => ({ name, found: found.flatMap((h) => h.columns).map((_, n) => name + '/' + (n + 1)) });
// What a row has under a heading: the different texts in its columns.
function textsUnder(row, found) {
  const cells = cellsOf(found.flatMap((h) => h.columns.map((c) => row[c])));
  return [...new Set(cells.map(content).filter(key))];
}
function nextTable(table) {
  const all = tablesOf(table.ownerDocument);
  const at = all.indexOf(table);
  return (at >= 0 && all.slice(at + 1).find((t) => !table.contains(t))) || null;
}
const tablesOf = memo((doc) => [...doc.querySelectorAll('table')].filter(shown));
// The table with the rows of one that has the headings alone, so that they stay while the rows are scrolled.
const bodyOf = memo((table) => {
  const next = nextTable(table);
  const [head, body] = [grid(table), next && grid(next)];
  if (!body || !body.rows.length || !head.rows.length) return null;
  const headings = head.rows[head.rows.length - 1];
  // Above the scroll bar stands a heading of its own.
  const extra = headings[body.width];
  const bar = head.width === body.width + 1 && extra && !said(extra);
  if (head.width !== body.width && !bar) return null;
  const [first, second] = body.rows;
  const alike = (fits) => first.length > 0 && first.every((cell, c) => cell && headings[c] && fits(cell, headings[c]));
  const again = alike(sameLook);
  // Headings of its own make it another list.
  if (alike((cell) => cell.tagName === 'TH') || (again && second && second[0] && !sameLook(first[0], second[0]))) return null;
  if (scrolled(next, table)) return next;
  const left = (cell) => cell.getBoundingClientRect().left;
  return !again && alike((cell, heading) => Math.abs(left(cell) - left(heading)) < 10) ? next : null;
});
function scrolled(table, beside) {
  for (let e = table.parentElement; e && !e.contains(beside); e = e.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(e).overflowY)) return true;
  }
  return false;
}
// The headings over a row of a table, its own or those of the table before it.
function headersOver(table, r, column) {
  const { rows } = grid(table);
  const own = headers(rows, [column]);
  if (own) return own.row < r ? own : null;
  const before = tablesOf(table.ownerDocument).find((t) => t !== table && bodyOf(t) === table);
  return before ? headers(grid(before).rows, [column]) : null;
}
function rowFits(el, picks) {
  for (let tr = el.closest('tr'); tr; tr = tr.parentElement.closest('tr')) {
    const table = tr.closest('table');
    const { rows, number } = grid(table);
    const r = number.get(tr);
    const fits = picks.every((p) => {
      if (!p.column) return cellsOf(rows[r]).some((c) => key(content(c)) === key(p.value));
      const head = headersOver(table, r, p.column);
      if (!head || !head.at[0].some((h) => h.columns.some((c) => rows[r][c]))) return false;
      const told = textsUnder(rows[r], head.at[0]);
      return (told.length ? told : ['']).every((s) => key(s) === key(p.value));
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
function coverOf(el) {
  for (const { target, p } of pointsUp(el)) {
    const hit = target.ownerDocument.elementFromPoint(p.x, p.y);
    if (!hit) return '画面の外';
    const inLabel = hit.closest('label') && hit.closest('label').control === target;
    if (hit !== target && !target.contains(hit) && !inLabel) return hit.tagName.toLowerCase();
  }
  return null;
}
// What lies over it, in the middle of the window if need be: bars that stay at an edge cover what is below them only there.
function coveredBy(el) {
  if (pointsUp(el).every((s) => s.inside) && !coverOf(el)) return null;
  el.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
  return coverOf(el);
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
function rangeOf(node) {
  const range = node.ownerDocument.createRange();
  range.selectNodeContents(node);
  return range;
}
// Where a label stands: the rectangles of its text, or of what shows it.
function anchors(doc, want) {
  const w = label(want);
  const out = [];
  if (!doc.body) return out;
  const walker = doc.createTreeWalker(doc.body, NodeFilter.SHOW_TEXT);
  for (let n = walker.nextNode(); n; n = walker.nextNode()) {
    if (n.data.length > 200 || label(n.data) !== w || !shown(n.parentElement)) continue;
    out.push(rangeOf(n).getBoundingClientRect());
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
// The texts that may be a value or a label, with their rectangles: no remarks, nor what leads a value in, 「令和」 or 「〒」.
const textsOf = memo((doc) =>
  pieces(doc.body)
    .filter(({ text: s }) => s && bare(label(s)) && !/^\s*[※*(（]/.test(s) && !/^(令和|平成|昭和|大正|明治|西暦|午前|午後|.)$/u.test(label(s)))
    .filter(({ node }) => shown(node.parentElement))
    .map(({ node }) => [...rangeOf(node).getClientRects()])
);
// Whether another text stands between a label and a field: the field is not the label's then.
function isApart(how, a, r, el) {
  if (!el.matches(CONTROLS) || isBox(el)) return false;
  const beside = (t) => t.left >= a.right - 2 && t.right <= r.left + 2 && [a, r].every((b) => t.top < b.bottom && t.bottom > b.top);
  const below = (t) => t.top >= a.bottom - 2 && t.bottom <= r.top + 2 && [a, r].every((b) => t.left < b.right && t.right > b.left);
  return textsOf(el.ownerDocument).some((boxes) => boxes.some(how === 'right_of' ? beside : below));
}
// The nearest of `all` by a measure between a label's rectangle and its own; null: does not count.
function nearest(all, places_of, measure) {
  let best = Infinity;
  const measured = all.map((c) => {
    const r = c.el.getBoundingClientRect();
    const d = Math.min(Infinity, ...places_of(c).map((a) => measure(a, r, c.el)).filter((v) => v !== null));
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
// What a field is called in a message. In a list with headings that is its heading: what stands beside it is often a person.
function called(el, first) {
  const heading = first.from || first.text === label(leftOf(el)) ? aboveOf(el) : '';
  if (heading) return short(heading);
  return first.from && inList(first.from) ? '' : first.shown;
}
function inList(cell) {
  const { rows, r, c } = spotOf(cell);
  const all = (kind) => cellsOf(rows[r]).filter((other) => kindOf(other) === kind).length;
  return all('text') > all('box') && rows.slice(0, r).some((row) => row[c] && said(row[c]));
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
    else if (labels.length && labels[0].rank < 3 && shown(el)) reply.seen.push(...[called(el, labels[0])].filter(Boolean));
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
    return nearest(plain(pool(doc).filter(shown)), () => at, (a, r, el) => (beyond(how, a, r) === null || isApart(how, a, r, el) ? null : beyond(how, a, r)));
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
// What a press does, as far as the page says it; null where it does not.
function effectOf(el, place) {
  const link = el.closest('a[href], area[href]');
  const to = link ? link.getAttribute('href').trim() : '';
  const leads = /^(#.*|javascript:(void\(0\))?;?)?$/i.test(to) ? '' : [link.href, link.target].join(' ');
  const sends = !link && el.form && /^(submit|image)$/.test(el.type) ? [...place.doc.forms].indexOf(el.form) + ' ' + el.name + ' ' + el.value : '';
  const script = el.getAttribute('onclick') || '';
  return leads || sends || script ? [place.path, leads, sends, script].join('\n') : null;
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
    const [lacks, by] = all.length === 1 || arg.each ? missing(el) : [null, null];
    const r = el.getBoundingClientRect();
    const form = el.form && el.form.acceptCharset ? el.form.acceptCharset : '';
    reply.items.push({
      path: place.path, frame: place.name, n: place.win.__shoki.push(el) - 1, rank: c.rank, name: c.name, lacks, by,
      rect: [r.left, r.top, r.width, r.height],
      tag: el.tagName.toLowerCase(), charset: form || place.doc.characterSet,
      max: el.maxLength === undefined || el.maxLength < 0 ? null : el.maxLength,
      el: all.length === 1 && place.win === window ? el : null,
      does: arg.each ? effectOf(el, place) : null,
    });
  }
  const ready = all.length === 1 && !reply.items[0].lacks;
  if (ready && arg.take && all[0].el.select) {
    all[0].el.focus();
    all[0].el.select();
  }
  if (arg.still) return ready ? still(all[0].el, reply.items[0]).then(signed) : signed();
}
// A click reaches what it is meant for or nothing: the page may move between the last look and the click. What is told of it:
// null where none came, false where it was kept from something else, true where it reached, 'begun' where the mouse went down on
// what was meant and the click never came to it. Every look takes the guard away.
function guard(el) {
  const kinds = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click'];
  const win = el.ownerDocument.defaultView;
  let reached = null;
  const end = () => kinds.forEach((kind) => win.removeEventListener(kind, look, true));
  function look(e) {
    if (!e.isTrusted) return;
    const hit = e.composedPath().some((n) => n === el || n.control === el);
    if (reached === null) reached = hit && 'begun';
    if (!reached) {
      e.preventDefault();
      e.stopImmediatePropagation();
    }
    if (e.type !== 'click') return;
    if (reached && hit) reached = true;
    end();
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
function isHeading(cell, right, line, below) {
  if (cell.tagName === 'TH' && right.tagName === 'TH') return true;
  return line.length > 2 && !!below && sameLook(cell, right) && !sameColour(cell, below);
}
// What stands between a label and its value: a mark alone, and a narrow empty cell before one that is plainly no label.
function isGap(cell, gap, next) {
  if (!next || holds(gap) || said(gap)) return false;
  if (holds(next) ? leftCell(next) === cell : /^(:|[([【]?必須[)\]】]?)+$/.test(key(words(gap)))) return true;
  return !key(words(gap)) && gap.getBoundingClientRect().width < 20 && !!said(next) && !sameLook(cell, next);
}
function valueIn(row, cell, below) {
  const line = cellsOf(row);
  for (let n = line.indexOf(cell) + 1; n < line.length; n++) {
    if (isGap(cell, line[n], line[n + 1])) continue;
    if (isHeading(cell, line[n], line, below)) return null;
    if (line[n].tagName === 'TD' || cell.tagName === 'TD') return line[n];
  }
  return null;
}
// The values of a label, one for each row it spans; under a heading those of the only row.
function valuesBeside(cell) {
  if (cell.tagName === 'DT') {
    const dd = cell.nextElementSibling;
    return dd && dd.tagName === 'DD' ? [dd] : [];
  }
  const spot = spotOf(cell);
  if (!spot) return [];
  const { rows, r, c, under } = spot;
  const next = rows[under] || [];
  const below = next.length ? next[c] || next[next.length - 1] : null;
  const found = rows.slice(r, under).map((row) => valueIn(row, cell, below)).filter(Boolean);
  if (found.length || cell.tagName !== 'TH' || under !== rows.length - 1) return [...new Set(found)];
  return cellsOf(next.slice(c, c + (cell.colSpan || 1))).filter((e) => e.tagName === 'TD');
}
function labelCells(doc, fits) {
  return [...doc.querySelectorAll('td, th, dt')].filter((cell) => fits(said(cell)) && !holds(cell) && shown(cell));
}
function valuesOf(doc, want) {
  const found = [];
  for (const cell of labelCells(doc, (s) => s === want)) {
    for (const el of valuesBeside(cell)) found.push({ el, value: content(el), rank: 0 });
  }
  if (found.length) return found;
  for (const el of doc.querySelectorAll(CONTROLS)) {
    if (isBox(el) || !shown(el)) continue;
    const best = rankOf(labelsOf(el), want);
    if (best) found.push({ el, value: controlText(el).trim(), rank: 1 + best.rank });
  }
  return found.concat(inLines(doc, (s) => s === want).map((value) => ({ el: doc.body, value, rank: 5 })));
}
// 「受付番号：R08-1　受付日：…」 in running text, as the lines are rendered.
function inLines(doc, fits) {
  const pair = /([^\s\u3000:：\d][^\s\u3000:：]*)[\s\u3000]*[:：][\s\u3000]*(.*?)(?=[\s\u3000]+[^\s\u3000:：\d][^\s\u3000:：]*[:：]|$)/g;
  const body = doc.body && doc.body.tagName !== 'FRAMESET' ? words(doc.body) : '';
  return body
    .split(/[\n\t]/)
    .flatMap((line) => [...line.matchAll(pair)])
    .filter((m) => fits(label(m[1])) && m[2].trim())
    .map((m) => m[2].trim());
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
// The rows of a list below its headings, and the first column of which one holds several texts.
function listBelow(table, from, head) {
  const { rows, lines } = grid(table);
  const list = { rows: [], doubt: null };
  for (let r = from; r < rows.length; r++) {
    const cells = head.at.map(([h]) => rows[r][h.columns[0]]);
    const again = cells.every((cell, n) => cell && said(cell) === said(head.at[n][0].cell));
    if (!shown(lines[r]) || again || isRemark(rows[r], cells)) continue;
    const told = head.at.map(([h]) => textsUnder(rows[r], [h]));
    const several = told.findIndex((texts) => texts.length > 1);
    if (several >= 0) list.doubt = list.doubt || numberedColumns(arg.columns[several], head.at[several]);
    list.rows.push(told.map((texts) => texts[0] || ''));
  }
  return list;
}
// A line that is one cell, 「該当データがありません」, and a total over several columns are no rows of a list.
function isRemark(row, cells) {
  const all = cellsOf(row);
  if (!all.length || (all.length === 1 && (row.length > 1 || arg.columns.length > 1))) return true;
  return cells.some((cell) => cell && cell.colSpan > 1 && /^([合小総累通]計|計$|計\(|平均)/.test(said(cell)));
}
function tables() {
  for (const place of places) {
    for (const table of tablesOf(place.doc)) {
      const head = headers(grid(table).rows, arg.columns);
      if (!head) continue;
      reply.sign += drawn(place.win, table);
      let list = listBelow(table, head.row + 1, head);
      const body = head.row === grid(table).rows.length - 1 ? bodyOf(table) : null;
      if (body && !headers(grid(body).rows, arg.columns)) {
        reply.sign += drawn(place.win, body);
        list = listBelow(body, 0, head);
      }
      const doubt = doubtful(grid(table).rows, head, arg.columns) || list.doubt;
      reply.items.push({ path: place.path, frame: place.name, rows: list.rows, doubt });
    }
  }
  // Where there is no list, the words that say so stand for it.
  if (reply.items.length || !key(arg.none)) return;
  for (const { win, doc } of places) {
    const body = doc.body && doc.body.tagName !== 'FRAMESET' ? doc.body : null;
    for (const n of body ? saying(body, key(arg.none)) : []) reply.sign += drawn(win, n);
  }
}
// What shows a text: the pieces of text that have it, else the innermost elements in which several pieces make it up.
function saying(el, want) {
  if (!key(text(el)).includes(want)) return [];
  const inner = [...el.children].filter(shown).flatMap((child) => saying(child, want));
  const own = [...el.childNodes].filter((n) => n.nodeType === 3 && key(n.data).includes(want));
  return inner.length || own.length ? [...inner, ...own] : [el];
}
// A sign of what stands there: another as soon as it was drawn anew, be it with the same words.
function drawn(win, n) {
  const sign = n.__shokiDrawn || (n.__shokiDrawn = { id: Math.random(), count: 0, observer: null });
  if (sign.observer) {
    counted(sign, sign.observer.takeRecords());
    sign.observer.disconnect();
  }
  sign.observer = new win.MutationObserver((records) => counted(sign, records));
  // A list that only hides lines changes how they look.
  const looks = ['style', 'class', 'hidden'];
  sign.observer.observe(n, { subtree: true, childList: true, characterData: true, attributeFilter: looks });
  return sign.id + ':' + sign.count + ' ';
}

// ---- what the screen says
function screenText(place) {
  const body = place.doc.body;
  if (!body || body.tagName === 'FRAMESET') return '';
  const buttons = [...place.doc.querySelectorAll(BUTTONS)].filter(shown).map((b) => b.value || '');
  // A line that only says something may be a field that nobody can type in.
  const lines = [...place.doc.querySelectorAll(CONTROLS)].filter((e) => e.readOnly && !isBox(e) && shown(e)).map(controlText);
  return [text(body), ...buttons, ...lines].join('\n');
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
      rested: rested(place.win), leaving: leaving(place.doc),
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

const later = { find, read, tables, survey, mask, evidence, unmask }[command]();
return later ? later.then(() => reply) : reply;
