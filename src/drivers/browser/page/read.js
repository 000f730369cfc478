// Values by their labels, lists, and what the screen says.

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
