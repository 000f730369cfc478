// Values by their labels, lists, and what the screen says.

// ---- label and value
function isHeading(cell, right, line, below) {
  if (cell.tagName === 'TH' && right.tagName === 'TH') return true;
  return line.length > 2 && !!below && sameLook(cell, right) && !sameColour(cell, below);
}
// What stands between a label and its value: a mark alone, and an empty cell that is there for distance before one that is plainly no
// label. Any other empty cell is an empty value. `loosely`: also one that may be either, for what is to be hidden.
function isGap(cell, gap, next, loosely) {
  if (!next || holds(gap) || said(gap)) return false;
  if (holds(next) ? leftCell(next) === cell : /^(:|[([【]?必須[)\]】]?)+$/.test(key(words(gap)))) return true;
  if (key(words(gap)) || gap.getBoundingClientRect().width >= 20 || !said(next) || sameLook(cell, next)) return false;
  const plain = next.tagName !== 'TH' && !next.querySelector(BUTTONS + ', ' + LINKS);
  return loosely || (plain && isNarrow(gap));
}
// Whether the page itself says that a cell is so narrow: one without a word in it is narrow by itself.
function isNarrow(cell) {
  const own = cell.computedStyleMap ? cell.computedStyleMap().get('width') : null;
  return !!own && own.unit === 'px' && own.value < 20;
}
function valueIn(row, cell, below, loosely) {
  const line = cellsOf(row);
  for (let n = line.indexOf(cell) + 1; n < line.length; n++) {
    if (isGap(cell, line[n], line[n + 1], loosely)) continue;
    if (isHeading(cell, line[n], line, below)) return null;
    if (line[n].tagName === 'TD' || cell.tagName === 'TD') return line[n];
  }
  return null;
}
// The values of a label, one for each row it spans; under a heading those of the only row.
function valuesBeside(cell, loosely = false) {
  if (cell.tagName === 'DT') {
    const dd = cell.nextElementSibling;
    return dd && dd.tagName === 'DD' ? [dd] : [];
  }
  const spot = spotOf(cell);
  if (!spot) return [];
  const crossing = loosely ? crossedBy(cell) : null;
  if (crossing) return crossing.boxes;
  const { rows, r, c, under } = spot;
  const pair = unitAt(rows[r], cell);
  if (pair && !pair.known) return [pair.field, pair.next];
  if (pair) return pair.field.querySelectorAll(CONTROLS).length === 1 ? [pair.field] : [];
  const next = rows[under] || [];
  const below = next.length ? next[c] || next[next.length - 1] : null;
  const found = rows.slice(r, under).map((row) => valueIn(row, cell, below, loosely)).filter(Boolean);
  if (found.length || cell.tagName !== 'TH' || under !== rows.length - 1) return uniq(found);
  return cellsOf(next.slice(c, c + (cell.colSpan || 1))).filter((e) => e.tagName === 'TD');
}
function labelCells(doc, fits) {
  return [...doc.querySelectorAll('td, th, dt')].filter((cell) => fits(said(cell)) && !holds(cell) && shown(cell));
}
// What stands beside the cells of that label.
function besideCells(cells, rankFor) {
  return cells.flatMap((cell) => {
    const [rank, crossing] = [rankFor(cell), crossedBy(cell)];
    if (crossing) return [{ el: cell, value: tickedIn(crossing), rank }];
    return valuesBeside(cell).map((el) => ({ el, value: content(el), rank }));
  });
}
function valuesOf(doc, want, exact) {
  const found = besideCells(labelCells(doc, (s) => s === want), (cell) => (spelled(words(cell)) === exact ? 0 : 0.1));
  if (found.length) return found;
  for (const el of doc.querySelectorAll(CONTROLS)) {
    if (isBox(el) || !shown(el)) continue;
    const best = rankOf(labelsOf(el), want, exact);
    if (best) found.push({ el, value: controlText(el).trim(), rank: 1 + best.rank });
  }
  found.push(...inLines(doc, (s) => s === want).map((value) => ({ el: bodyIn(doc), value, rank: 5 })));
  if (found.length) return found;
  return besideCells(labelCells(doc, (s) => alike(s, want)), () => 6);
}
// 「受付番号：R08-1　受付日：…」 in running text, as the lines are rendered.
const inLines = (doc, fits) => pairsIn(doc).filter((pair) => fits(pair.name)).map((pair) => pair.value);
const pairsIn = memo((doc) => pairsOf(flowIn(doc) ? words(flowIn(doc)) : ''));
function pairsOf(s) {
  // Looked for from the beginning of a word only: from each of its letters would take minutes where a word has no end.
  const pair = /(?=[^\s:：\d])(?<=(?:^|[\s:：])\d*)([^\s:：]+)\s*[:：]\s*(.*?)(?=\s+[^\s:：\d][^\s:：]*[:：]|$)/g;
  return s
    .split(/[\n\t]/)
    .flatMap((line) => [...line.matchAll(pair)].map((m) => ({ name: label(m[1]), value: m[2].trim() })))
    .filter((found) => found.value);
}
function read() {
  for (const name of arg.labels) {
    let all = [];
    for (const place of places) {
      all = all.concat(valuesOf(place.doc, wanted(name), spelled(name)).map((v) => ({ ...v, path: place.path, frame: place.name })));
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
      let [list, data] = [listBelow(table, head.row + 1, head), grid(table).rows.slice(head.row + 1)];
      const body = head.row === grid(table).rows.length - 1 ? bodyOf(table) : null;
      if (body && !headers(grid(body).rows, arg.columns)) {
        reply.sign += drawn(place.win, body);
        [list, data] = [listBelow(body, 0, head), grid(body).rows];
      }
      const doubt = doubtful(grid(table).rows, head, arg.columns) || stacked(grid(table).rows, head, data) || list.doubt;
      reply.items.push({ path: place.path, frame: place.name, rows: list.rows, doubt });
    }
  }
  // Where there is no list, the words that say so stand for it.
  if (reply.items.length || !key(arg.none)) return;
  for (const { win, doc } of places) {
    const body = flowIn(doc);
    for (const n of body ? saying(body, key(arg.none)) : []) reply.sign += drawn(win, n);
  }
}
// Which page of a list this is and how many there are: 「1/3 ページ」, 「ページ 1/3」, 「3ページ中 1ページ目」.
const COUNTERS = [
  [/(?<![\d/.-])(\d{1,5})\s*(?:(?:ページ|頁)目?)?\s*\/\s*[全計]?\s*(\d{1,5})\s*(?:ページ|頁|pages?)/gi, 1, 2],
  [/(?:ページ|頁|page)\s*[:.]?\s*(\d{1,5})\s*(?:\/|of)\s*(\d{1,5})(?![\d/])/gi, 1, 2],
  [/(\d{1,5})\s*(?:ページ|頁)\s*中\s*[:、]?\s*第?\s*(\d{1,5})\s*(?:ページ|頁)/g, 2, 1],
];
function counters() {
  for (const { doc } of places) {
    const body = flowIn(doc);
    const lines = body ? words(body).normalize('NFKC').split('\n') : [];
    const told = COUNTERS.flatMap(([form, at, of]) => lines.flatMap((line) => [...line.matchAll(form)].map((m) => [+m[at], +m[of]])));
    reply.items.push(...told.filter(([at, of]) => at > 0 && at <= of));
  }
}
// What stands in fields that are called by what the page itself calls them; where the document is another, with its beginning.
function standing() {
  arg.fields.forEach(({ path, tag, id, name, kind, choice, born }, n) => {
    const place = places.find((p) => p.path.join() === path.join());
    if (!place) return;
    const own = (e, a) => e.getAttribute(a) || '';
    const fits = (e) => own(e, 'id') === id && own(e, 'name') === name && (!kind || (e.type === kind && e.value === choice));
    const all = [...place.doc.getElementsByTagName(tag)].filter(fits);
    const since = place.doc.defaultView.performance.timeOrigin;
    if (all.length === 1) reply.items.push([n, kind ? String(all[0].checked) : controlText(all[0]), since === born ? null : since]);
  });
}
// What shows a text: the pieces of text that have it, else the innermost elements in which several pieces make it up.
function saying(el, want) {
  if (!key(text(el)).includes(want)) return [];
  const inner = [...el.childNodes].filter((n) => n.nodeType === 1 && shown(n)).flatMap((child) => saying(child, want));
  const own = [...el.childNodes].filter((n) => n.nodeType === 3 && key(n.data).includes(want));
  return inner.length || own.length ? [...inner, ...own] : [el];
}
// A sign of what stands there: another as soon as it was drawn anew, be it with the same words, or other lines of it are shown. A line
// under the mouse, and a list that is dimmed or says so while one waits, are still the old ones.
function drawn(win, n) {
  const sign = n.__shokiDrawn || (n.__shokiDrawn = { id: Math.random(), count: 0, observer: null, lines: [] });
  const take = (records) => counted(sign, records.filter((r) => drawsAnew(sign.lines, r)));
  if (sign.observer) {
    take(sign.observer.takeRecords());
    sign.observer.disconnect();
  }
  sign.lines = n.tagName === 'TABLE' ? linesShown(n) : [];
  sign.observer = new win.MutationObserver(take);
  const looks = { attributeFilter: ['style', 'hidden'], attributeOldValue: true };
  sign.observer.observe(n, { subtree: true, childList: true, characterData: true, ...looks });
  let shows = 0;
  for (const line of sign.lines.length || n.tagName !== 'TABLE' ? sign.lines : grid(n).lines.filter(shown)) {
    line.__shokiLine = line.__shokiLine || Math.ceil(Math.random() * 1e9);
    shows = (shows * 31 + line.__shokiLine) | 0;
  }
  return [sign.id, sign.count, shows].join(':') + ' ';
}
// The lines of a list that are shown, without its headings and remarks.
function linesShown(table) {
  const { rows, lines, width } = grid(table);
  const head = headers(rows, arg.columns);
  return lines.filter((tr, r) => r > (head ? head.row : -1) && cellsOf(rows[r]).length > (width > 1 ? 1 : 0) && shown(tr));
}
// Whether a change draws these lines anew, or shows or hides some. Where there are none, whatever stands there counts.
function drawsAnew(lines, { type, target, attributeName, oldValue, removedNodes }) {
  const holdsLine = (n) => lines.some((line) => n.contains(line));
  if (type === 'attributes') {
    const hides = (s) => /display\s*:\s*none/.test(s || '');
    if (attributeName === 'style' && !hides(oldValue) && !hides(target.getAttribute('style'))) return false;
    return !lines.length || (target.tagName === 'TR' && target.cells.length > 1) || holdsLine(target);
  }
  return !lines.length || [...removedNodes].some(holdsLine) || lines.some((line) => line.contains(target));
}

// ---- what the screen says
function screenText(place) {
  const body = flowIn(place.doc);
  if (!body) return '';
  const buttons = [...place.doc.querySelectorAll(BUTTONS)].filter(shown).map((b) => b.value || '');
  // A line that only says something may be a field that nobody can type in.
  const lines = [...place.doc.querySelectorAll(CONTROLS)].filter((e) => e.readOnly && !isBox(e) && shown(e)).map(controlText);
  return [saidOn(place, body), ...buttons, ...lines].join('\n');
}
// The browser's own error page knows what it stands for.
function failure(win) {
  if (win.location.protocol !== 'chrome-error:') return null;
  const data = win.loadTimeDataRaw || {};
  return { address: (data.reloadButton || {}).reloadUrl || null, host: data.title || '', code: data.errorCode || '' };
}
// How the document came; nothing where the page has something else of the name `performance`.
function arrivalOf({ performance }) {
  const entry = performance && typeof performance.getEntriesByType === 'function' && performance.getEntriesByType('navigation')[0];
  return entry || {};
}
const sizeOf = (win) => arrivalOf(win).decodedBodySize || 0;
const statusOf = (win) => arrivalOf(win).responseStatus || 0;
// Whether the timers of a moment that an act set have run: they come before one that is set later for as long. A document that is known
// to have set none, and is on no way elsewhere, is idle. What a frame of others does because of an act takes its time.
function rested(win) {
  if (arg.rest === undefined) return 'over';
  if (!win.__shokiRest || win.__shokiRest.act !== arg.act) {
    const rest = { act: arg.act, over: false };
    win.__shokiRest = rest;
    putOff(win, () => (rest.over = true), arg.rest);
  }
  const timers = arg.base ? null : timersIn(win);
  return win.__shokiRest.over ? 'over' : timers && !timers.soon(arg.rest, requestsOf(win).sinceAct()) ? 'idle' : 'waits';
}
// Whether a document comes anew by itself, again and again: one that is to lead elsewhere does not.
const renews = ({ win, doc }) => refreshes(win, doc).some(({ to }) => !to);
// Whether a document was there before: it has the mark of an earlier look, or this look's own, asked for again because its answer was lost.
function isKnown(win) {
  return win.__shokiMark !== undefined && (win.__shokiMark === arg.mark || win.__shokiMark === arg.put);
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
      age: isKnown(place.win) ? 'known' : renews(place) ? 'renewed' : 'new',
      hits: (arg.texts || []).map((t) => (key(t) ? screen.split(key(t)).length - 1 : 0)),
    });
    if (arg.put !== undefined) place.win.__shokiMark = arg.put;
  }
}
