// Words around a control, and the labels that follow from them.

// ---- words around a control in running text
const LINES = /^(BR|HR|TR|TABLE)$/;
const BLOCKS =
  /^(ADDRESS|ARTICLE|ASIDE|BLOCKQUOTE|CAPTION|CENTER|DD|DETAILS|DIALOG|DIR|DIV|DL|DT|FIELDSET|FIGCAPTION|FIGURE|FOOTER|FORM|H[1-6]|HEADER|LEGEND|LI|MAIN|MENU|NAV|OL|P|PRE|SECTION|SUMMARY|TBODY|TD|TFOOT|TH|THEAD|UL)$/;
const SILENT = /^(SCRIPT|STYLE|NOSCRIPT|TEMPLATE|DATALIST|OPTGROUP|OPTION)$/;
// What stands after the box it belongs to.
const UNIT =
  /^(年度?|年間|[かヶケカ箇]?月|週間|日間?|時間?|分|秒|[千万]?円|人|歳|才|件|枚|通|回|丁目|番地?|号室?|棟|階|室|%|点|個|冊|頁|ページ|mm?|cm|km|m2|ha|kg|g|坪)?(から|まで|より|以上|以下|以内|未満|以前|以降|現在|生|生まれ|付|頃|分)?$/;
const unitOf = (s) => {
  const [first] = s.trim().split(/\s+|(?<!^)[~〜～]/);
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
  const look = (el) => el.ownerDocument.defaultView.getComputedStyle(el);
  // Messages that are not shown yet name nothing.
  const silent = (n) => {
    if (SILENT.test(n.tagName)) return true;
    const { display, visibility } = look(n);
    const seen = display !== 'none' && (visibility === 'visible' || visibility === look(holder).visibility);
    return !seen && !holds(n) && !n.matches(CONTROLS);
  };
  const collect = (el, link, aside) => {
    for (const n of el.childNodes) {
      if (n.nodeType === 3) all.push({ text: n.data, node: n, link, aside });
      if (n.nodeType !== 1 || silent(n)) continue;
      if (n.matches(CONTROLS) || n.matches(BUTTONS)) {
        all.push({ control: n });
        continue;
      }
      const end = LINES.test(n.tagName) ? 'line' : BLOCKS.test(n.tagName) ? 'block' : null;
      if (end) all.push({ end });
      collect(n, link || n.tagName === 'A', aside || isAside(n));
      if (end) all.push({ end: 'block' });
    }
  };
  collect(holder, false, false);
  return all;
});
const placeIn = memo((holder) => new WeakMap(pieces(holder).flatMap((p, n) => (p.control ? [[p.control, n]] : []))));
// The text beside a piece, up to the next control or the end of the line. Unless `strict`, a block that begins or ends before there
// is any text does not count: 「<div>氏名</div><input>」.
function textBeside(all, at, step, strict, links = true) {
  let s = '';
  for (let n = at + step; all[n]; n += step) {
    const p = all[n];
    if (p.control || p.end === 'line' || (p.end && (strict || label(s)))) break;
    if (p.text && !p.aside && (links || !p.link)) s = step > 0 ? s + p.text : p.text + s;
  }
  return s;
}
// The controls on one line with this one, boxes to tick or fields as it is one; the text before them, between them and after them.
// `index`: how many of them stand before this one.
function lineOf(el) {
  const holder = el.closest('td, th, dd, li, p, label, div, form, body') || el.parentElement;
  const all = pieces(holder);
  const at = placeIn(holder).get(el);
  const fits = (p) => p && !p.end && (!p.control || (p.control.matches(CONTROLS) && isBox(p.control) === isBox(el)));
  let [first, last] = [at, at];
  for (let n = at; fits(all[n]); n--) if (all[n].control) first = n;
  for (let n = at; fits(all[n]); n++) if (all[n].control) last = n;
  const between = [];
  let index = 0;
  for (let n = first + 1; n <= last; n++) {
    if (!all[n].control) continue;
    between.push(textBeside(all, n, -1, true));
    if (n <= at) index++;
  }
  const head = textBeside(all, first, -1, true);
  const tail = textBeside(all, last, 1, true, isBox(el));
  return { all, at, head, between, tail, index, alone: first === last, leads: at === first };
}
// The words of a field: its name before it, its unit after it. In 「[ ]年[ ]月[ ]日」 the text before a box is its neighbour's.
function fieldWords(el) {
  const { all, at, head, between, tail, index, alone, leads } = lineOf(el);
  const before = textBeside(all, at, -1, !leads);
  const after = textBeside(all, at, 1, false);
  const open = !label(head);
  const units = !!unitOf(tail) || (open && !naming(tail) && !alone && between.every(unitOf));
  const unknown = open && !alone && !!naming(tail) && !unitOf(tail);
  const nameIn = (s) => {
    const theirs = units ? unitOf(s) : '';
    if (theirs) return s.trim().slice(theirs.length).replace(/^[\s~〜～]+/, '');
    return unknown || (open && unitOf(tail) && !/^\s/.test(s)) ? '' : s;
  };
  const own = leads ? before : nameIn(before);
  // 「開始 [ ]時[ ]分 終了 [ ]時[ ]分」: the units are those of the last name before them.
  const names = [head, ...between.slice(0, index).map(nameIn)].filter((s) => /[^-~〜・/()]/.test(label(s)));
  const last = units ? names.pop() || '' : head;
  const unit = units ? unitOf(after) : '';
  const parts = unit ? [[unit, 0], [own, 0.25]] : unknown ? [[after, 0], [before, 0.25]] : [[own, 0], [after, 0.25]];
  return { own, unit, group: open && leads ? own : last, parts };
}
// On which side of the boxes of a line their words are: 1 after, -1 before, 0 where nobody can tell. The two ends tell; words at both
// are those of the boxes after the name of all.
function sideOfWords(el, { head, between, tail }) {
  if (!label(head)) return label(tail) ? 1 : 0;
  if (!bare(label(tail))) {
    // 「法人格 □(株) □(有)」, but also 「男□(注) 女□(注)」; where the text before the first ends in a bracket too, either may be meant.
    if (!label(tail) || !between.every((s) => label(s) && !bare(label(s)))) return -1;
    return key(head).slice(-1) === key(tail).slice(-1) ? 0 : 1;
  }
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
// The words of a box that has none on its line: those of the next block, or of the one before. Of several such boxes the two ends
// tell; text at both may be a heading or what comes next.
function boxOverBlocks({ all, at }) {
  const links = (p) => p && p.end !== 'line' && (!p.control || (p.control.matches(CONTROLS) && isBox(p.control)));
  let [first, last] = [at, at];
  for (let n = at; links(all[n]); n--) if (all[n].control) first = n;
  for (let n = at; links(all[n]); n++) if (all[n].control) last = n;
  const beside = (n, step) => textBeside(all, n, step, false);
  if (first === last || !label(beside(first, -1))) return beside(at, 1);
  return label(beside(last, 1)) ? '' : beside(at, -1);
}
function boxInText(el) {
  const line = lineOf(el);
  const after = textBeside(line.all, line.at, 1, false);
  if (line.alone && !label(line.head) && !label(line.tail)) return { own: boxOverBlocks(line), group: '' };
  if (line.alone) return label(line.tail) ? { own: after, group: line.head } : parted(line.head);
  const side = sideOfWords(el, line);
  if (side > 0) return { own: after, group: line.head };
  if (side < 0) return { own: parted(textBeside(line.all, line.at, -1, true)).own, group: parted(line.head).group };
  return { own: '', group: '' };
}
// The same for boxes in cells of their own with text at both ends; `follows` is what comes after them and their texts. The looks tell:
// choices look alike, and unlike the name of all; labels look unlike what is filled in.
function sideOfCells(part, first, last, follows) {
  const [box, left, right, head] = [part[first], part[first - 1], part[last + 1], part[first - 2]];
  const between = part.slice(first, last).filter((c) => kindOf(c) === 'text');
  if (!between.length && first !== last) return 0;
  const choices = between.length ? between : [box];
  const like = (one, other) => choices.every((c) => sameLook(c, one)) && !sameLook(one, other);
  // The last text is the label of a field then, or the last choice.
  const isLabel = last + 2 === part.length && !!follows && holds(follows);
  const areLabels = [left, ...between, right].every((c) => c.tagName === left.tagName && !sameLook(c, box));
  if (areLabels && isLabel) return like(right, left) ? 0 : -1;
  if (like(right, left)) return 1;
  if (like(left, right)) return -1;
  if (!sameLook(left, right) || !between.every((c) => sameLook(c, left))) return 0;
  if (areLabels) return follows || part[last + 2] ? -1 : 0;
  return isLabel && (!between.length || (head && !sameLook(head, left))) ? -1 : 0;
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
  if (!right) return before;
  // 「[ ]｜日｜□｜不詳」
  if (first === last && unitAt(rows[r], left)) return { ...after, group: '' };
  const side = sideOfCells(part, first, last, line[to + 1]);
  if (side) return side > 0 ? after : before;
  const isOnly = part.slice(first, last + 1).every((c) => kindOf(c) === 'box') && part[first] === cell;
  return { own: '', cell: isOnly ? left : null, group: isOnly ? told(left) : '' };
}
const kindOf = memo((cell) => {
  const controls = cell.querySelectorAll(CONTROLS);
  if (!controls.length) return cell.querySelector(BUTTONS) ? 'other' : said(cell) ? 'text' : 'blank';
  return controls.length === 1 && isBox(controls[0]) && !said(cell) ? 'box' : 'other';
});
// What the page itself calls a control, if it does.
const labelled = memo((el) => [...(el.labels || [])].map((own) => words(own)));
const given = (el) => labelled(el).find(label) || '';
function boxWords(el) {
  const crossing = crossingOf(el);
  if (crossing) {
    const { row, column } = crossing;
    return { own: column, from: null, unit: '', group: '', parts: [[column, 0]], left: row };
  }
  const cell = el.closest('td, th');
  const cells = cell && spotOf(cell) && kindOf(cell) === 'box' ? boxInCells(cell) : null;
  const { own, group, cell: from } = cells || boxInText(el);
  const part = given(el) || own;
  return { own: given(el) ? '' : own, from, unit: '', group, parts: [[part, 0]], left: cells ? '' : null };
}
// What a box is called where it stands, for reading.
const boxText = (el) => (given(el) || boxInText(el).own).trim();

// ---- labels of a control
// A unit that may as well be the name of what follows: 「年度｜[ ]」, 「勤務｜[ ]｜時間｜[ ]｜分」.
const NAMELIKE = /^(年度|年間|時間|丁目|番地?|号室?|棟|階|室|点|回)$/;
const fieldsIn = memo((cell) => [...cell.querySelectorAll(CONTROLS)].filter((el) => !isBox(el)));
const isUnit = (c, field) => !!c && kindOf(c) === 'text' && label(unitOf(words(c))) === said(c) && sameLook(c, field);
// Cells with fields and the cells with their units in a row, 「[ ]｜年｜[ ]｜月｜[ ]｜日」, each with the name of all. A field at the end has
// its name before it: 「時｜[ ]｜分｜[ ]」. `known`: the unit is this field's; `next`: the field that it might name as well.
const unitsIn = memo((row) => {
  const line = cellsOf(row).filter((c) => kindOf(c) !== 'blank');
  const ending = (c) => fieldsIn(c).length > 0 && !fieldWords(fieldsIn(c)[fieldsIn(c).length - 1]).unit;
  const nameless = (c) => ending(c) && !label(fieldWords(fieldsIn(c)[0]).own);
  const found = [];
  for (let n = 0; n < line.length; n++) {
    const from = n;
    while (isUnit(line[n + 1], line[n]) && (n === from ? ending : nameless)(line[n])) n += 2;
    if (n === from) continue;
    if (!line[n] || !nameless(line[n])) found.push(...unitPairs(row, line, from, n));
    n--;
  }
  return found;
});
function unitPairs(row, line, from, end) {
  let h = from - 1;
  while (h >= 0 && fieldsIn(line[h]).length) h--;
  const own = fieldWords(fieldsIn(line[from])[0]).own;
  const head = label(own) ? own : h >= 0 && kindOf(line[h]) === 'text' ? words(line[h]) : '';
  // 「年｜[ ]｜月｜[ ]｜日」: nobody can tell.
  const open = !label(own) && from > 0 && isUnit(line[from - 1], line[from]) && !NAMELIKE.test(said(line[from - 1]));
  const pairs = [];
  for (let n = from; n < end; n += 2) {
    const [field, unit, next] = [line[n], line[n + 1], n + 2 < end ? line[n + 2] : null];
    const plain = !NAMELIKE.test(said(unit)) || unit === row[row.length - 1];
    pairs.push({ field, unit, next, head, known: plain && !open });
  }
  return pairs;
}
// What a text is the unit of, unless it may name what follows it.
function unitAt(row, cell) {
  const pair = unitsIn(row).find((p) => p.unit === cell);
  return pair && (pair.known || pair.next) ? pair : null;
}
// The words of a field, with its unit where that stands in the next cell.
function fieldAndUnit(el) {
  const near = fieldWords(el);
  const cell = el.closest('td, th');
  const spot = cell && spotOf(cell);
  const pair = spot && unitsIn(spot.rows[spot.r]).find((p) => p.field === cell && p.known);
  if (!pair || fieldsIn(cell)[fieldsIn(cell).length - 1] !== el) return near;
  const unit = words(pair.unit);
  return { ...near, unit, group: label(near.group) ? near.group : pair.head, parts: [[unit, 0], ...near.parts] };
}
// The nearest text to the left of a cell, up to a cell with a field of its own. A mark alone, 「：」 or 「必須」, is none, nor is the unit of
// the field before it.
function leftCell(cell) {
  const spot = spotOf(cell);
  for (let c = spot ? spot.c - 1 : -1; c >= 0; c--) {
    const left = spot.rows[spot.r][c];
    if (left && holds(left)) return null;
    if (left && said(left)) return unitAt(spot.rows[spot.r], left) ? null : left;
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
  let dt = dd && dd.previousElementSibling;
  while (dt && dt.tagName === 'DD') dt = dt.previousElementSibling;
  const set = el.closest('fieldset');
  const legend = set && set.querySelector('legend');
  return [leftOf(el), dt ? words(dt) : '', legend ? words(legend) : ''];
}
const labelsOf = memo((el) => {
  const found = [];
  const add = (rank, s, from) => {
    if (s && label(s)) found.push({ rank, text: label(s), spelled: spelled(s), shown: short(s), from });
  };
  const box = isBox(el);
  const near = box ? boxWords(el) : fieldAndUnit(el);
  const [beside, dt, legend] = groupsOf(el);
  const left = box && near.left !== null ? near.left : beside;
  for (const s of labelled(el)) add(0, s);
  add(0, el.getAttribute('aria-label'));
  add(0, near.own, near.from);
  add(box ? 1 : 0, left);
  add(box ? 1 : 0, dt);
  add(0, near.unit);
  if (box) add(1, legend);
  if (box) add(1, near.group, near.own ? null : near.from);
  for (const group of [left, dt, legend, near.group]) {
    for (const [part, rank] of near.parts) {
      if (label(group) && label(part) && label(group) !== label(part)) {
        const exact = spelled(group) + '/' + spelled(part);
        found.push({ rank, text: label(group) + '/' + label(part), spelled: exact, shown: short(group) + '/' + short(part) });
      }
    }
  }
  add(2, aboveOf(el));
  const crossing = crossingNames(el);
  if (crossing) {
    const { row, column } = crossing;
    const exact = spelled(row) + '/' + spelled(column);
    found.push({ rank: 2, text: label(row) + '/' + label(column), spelled: exact, shown: short(row) + '/' + short(column) });
  }
  add(2, el.getAttribute('placeholder'));
  add(2, el.getAttribute('title'));
  add(3, el.getAttribute('name'));
  add(3, el.id);
  return found;
});
// `exact`: what was written for it; a label that is decorated otherwise counts less then, and one counts that is plain without.
function rankOf(labels, want, exact = null) {
  let best = null;
  for (const l of labels) {
    const decorated = exact !== null && alike(l.text, want) ? l.rank + 0.3 : null;
    const same = exact === null || l.spelled === exact ? l.rank : l.rank + 0.1;
    const rank = l.text === want ? same : bare(l.text) === want ? l.rank + 0.5 : decorated;
    if (rank !== null && (best === null || rank < best.rank)) best = { rank, name: l.shown };
  }
  return best;
}
