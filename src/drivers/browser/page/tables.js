// The grid of a table: what stands above, beside and below a cell.

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
