// Things that are named or shown in a way of their own: decorated labels, parts of images, text one may write into, and boxes that
// stand where a row and a column cross.

// ---- labels as they are decorated
const PAIRS = '【】「」『』〔〕《》〈〉<>()[]{}';
// 「【氏名】」, 「★氏名」, 「氏名▼」, 「1.氏名」, 「氏名(任意)」 without what is no part of the name. Never nothing.
const undecoratedPart = memo((s) => {
  const [open, close] = [PAIRS.indexOf(s[0]), PAIRS.indexOf(s[s.length - 1])];
  const within = s.slice(1, -1);
  const wrapped = open >= 0 && open % 2 === 0 && close === open + 1 && ![...within].some((c) => PAIRS.includes(c));
  const bared = (wrapped ? within : s)
    .replace(/^[*※●■◆○◇□・★☆◎▼▽▲△▶▷►▪◦»>:]+/, '')
    .replace(/[:*※★☆▼▽▲△?!。.]+$/, '')
    .replace(/^(\(\d{1,2}\)|\d{1,2}[.)、:])(?=\D)/, '')
    .replace(/^[([【]?任意[)\]】](?=.)|(?<=.)[([【]?任意[)\]】]?$/, '');
  return !bared ? s : bared === s ? s : undecoratedPart(bared);
});
const undecorated = (s) => s.split('/').map(undecoratedPart).join('/');
// 「1.希望園」 may be 「希望園」, but never 「2.希望園」.
const numbersBefore = (s) => s.split('/').map((part) => Number((/^\D*(\d{1,2})[.)、:](?=\D)/.exec(part) || [])[1] || 0));
function alike(one, other) {
  if (undecorated(one) !== undecorated(other)) return false;
  const theirs = numbersBefore(other);
  return numbersBefore(one).every((n, k) => !n || !theirs[k] || n === theirs[k]);
}
// As it is written, white space, width and a colon at its end aside.
const spelled = (s) => (s || '').split('/').map((part) => key(part).replace(/:+$/, '')).join('/');

// ---- text that is none of the value
// What is read above a word, and what was struck out.
const ASIDE = 'rt, rp, del, s, strike';
// What a page shows as one blank; a full-width one stays.
const BLANKS = /[ \t\r\n]+/g;
const isAside = (el) => /^(RT|RP|DEL|S|STRIKE)$/.test(el.tagName);
function plainText(el) {
  if (!el.querySelector || !el.querySelector(ASIDE)) return text(el);
  let s = '';
  for (const p of pieces(el)) {
    if (p.end) s = s.replace(/[ \t]+$/, '').replace(/([^\n])$/, '$1\n');
    if (p.text && !p.aside) s += /[ \n]$/.test(s) || !s ? p.text.replace(BLANKS, ' ').replace(/^ /, '') : p.text.replace(BLANKS, ' ');
  }
  return s.trim();
}

// ---- text one may write into
const isWritable = (el) => !/^(INPUT|SELECT|TEXTAREA)$/.test(el.tagName) && el.isContentEditable;
const writtenIn = (el) => text(el).replace(/\u00a0/g, ' ').replace(/\n$/, '');
// Gives it the focus and selects what it holds, where one types.
function takeUp(el) {
  if (!el.select && !isWritable(el)) return;
  el.focus();
  if (el.select) el.select();
  else el.ownerDocument.defaultView.getSelection().selectAllChildren(el);
}

// ---- parts of an image
function imageOf(area) {
  const map = area.closest('map');
  const name = map ? map.name || map.id : '';
  return name ? [...area.ownerDocument.querySelectorAll('img[usemap]')].find((img) => img.useMap === '#' + name) || null : null;
}
// What is seen of it.
const seenAs = (el) => (el.tagName === 'AREA' ? imageOf(el) || el : el);
// Where it lies in the window: a part of an image has no box of its own.
function boxOf(el) {
  const img = el.tagName === 'AREA' ? imageOf(el) : null;
  const r = (img || el).getBoundingClientRect();
  if (!img) return r;
  const { paddingLeft, paddingTop } = getComputedStyle(img);
  const [x0, y0] = [r.left + img.clientLeft + parseFloat(paddingLeft), r.top + img.clientTop + parseFloat(paddingTop)];
  const n = el.coords.split(/[\s,;]+/).filter(Boolean).map(Number);
  if (/^circ/i.test(el.shape)) return boxFrom(x0 + n[0] - n[2], y0 + n[1] - n[2], x0 + n[0] + n[2], y0 + n[1] + n[2]);
  if (/^default$/i.test(el.shape) || n.length < 4) return r;
  const [xs, ys] = [n.filter((_, k) => k % 2 === 0), n.filter((_, k) => k % 2 === 1)];
  return boxFrom(x0 + Math.min(...xs), y0 + Math.min(...ys), x0 + Math.max(...xs), y0 + Math.max(...ys));
}
const boxFrom = (left, top, right, bottom) => ({ left, top, right, bottom, width: right - left, height: bottom - top });
function bringIntoView(el) {
  seenAs(el).scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
  if (el.tagName !== 'AREA') return;
  const [r, win] = [boxOf(el), el.ownerDocument.defaultView];
  win.scrollBy({ left: r.left + r.width / 2 - win.innerWidth / 2, top: r.top + r.height / 2 - win.innerHeight / 2, behavior: 'instant' });
}

// ---- boxes where a row and a column cross
// 「問1｜○｜○｜○」 under 「｜良｜可｜不可」: the heading of the row and those of the columns of its boxes; null where it is none of these.
const crossings = memo((rows) => rows.map((_, r) => crossingsMade(rows, r)));
const crossingsIn = (rows, r) => crossings(rows)[r];
function crossingsMade(rows, r) {
  const line = cellsOf(rows[r]).filter((c) => kindOf(c) !== 'blank');
  const boxes = line.filter((c) => kindOf(c) === 'box');
  const first = line.indexOf(boxes[0]);
  const head = line[first - 1];
  if (boxes.length < 2 || line[first + boxes.length - 1] !== boxes[boxes.length - 1] || !head || kindOf(head) !== 'text') return null;
  const controls = boxes.map((c) => c.querySelector(CONTROLS));
  const [{ type, name }] = controls;
  if (controls.some((el) => el.type !== type || (type === 'radio' && el.name !== name) || given(el) || el.getAttribute('aria-label'))) return null;
  const columns = boxes.map((c) => rows[r].indexOf(c));
  const overs = oversOf(rows, r, columns, rows[r].indexOf(head));
  return overs && { head, boxes, overs };
}
// For each row the nearest one above of which all cells say something and nothing is filled in; a line alone is none.
const headRows = memo((rows) => {
  let last = -1;
  return rows.map((row, r) => {
    const over = last;
    const cells = cellsOf(row).filter((c) => kindOf(c) !== 'blank');
    if (cells.length > 1 && cells.every((c) => kindOf(c) === 'text')) last = r;
    return over;
  });
});
// The headings of these columns; none of them is over the headings of the rows as well, and no two say the same.
function oversOf(rows, r, columns, side) {
  const y = headRows(rows)[r];
  const overs = y < 0 ? [] : columns.map((c) => rows[y][c]);
  const are = overs.length && overs.every((c) => c && kindOf(c) === 'text' && c !== rows[y][side]);
  return are && uniq(overs.map(said)).length === overs.length ? overs : null;
}
// What a box is called by its row and its column.
function crossingOf(el) {
  const cell = el.closest('td, th');
  const spot = cell && kindOf(cell) === 'box' ? spotOf(cell) : null;
  const found = spot && crossingsIn(spot.rows, spot.r);
  const n = found ? found.boxes.indexOf(cell) : -1;
  return n < 0 ? null : { row: words(found.head), column: words(found.overs[n]) };
}
// The row of boxes of which this is the heading.
function crossedBy(cell) {
  const spot = spotOf(cell);
  const found = spot && crossingsIn(spot.rows, spot.r);
  return found && found.head === cell ? found : null;
}
const tickedIn = ({ boxes, overs }) =>
  overs.filter((_, n) => boxes[n].querySelector(CONTROLS).checked).map((over) => words(over).trim()).join(' ');
// The heading of its row, over the fields of others, and the heading of its column.
function crossingNames(el) {
  const cell = el.closest('td, th');
  const spot = cell && spotOf(cell);
  if (!spot || headRows(spot.rows)[spot.r] < 0) return null;
  const row = spot.rows[spot.r];
  let c = spot.c - 1;
  while (c >= 0 && !(row[c] && kindOf(row[c]) === 'text' && !unitAt(row, row[c]))) c--;
  const overs = c < 0 ? null : oversOf(spot.rows, spot.r, [spot.c], c);
  return overs && said(row[c]) !== said(overs[0]) ? { row: words(row[c]), column: words(overs[0]) } : null;
}
