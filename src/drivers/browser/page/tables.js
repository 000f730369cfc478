// The grid of a table: what stands above, beside and below a cell.

// ---- tables
// The cells of a table as they lie, whatever they span, and where each begins.
const grid = memo((table) => {
  const lines = [...table.rows];
  const rows = lines.map(() => []);
  const [at, number] = [new WeakMap(), new WeakMap()];
  let width = 0;
  lines.forEach((tr, r) => {
    number.set(tr, r);
    let c = 0;
    for (const cell of tr.cells) {
      while (rows[r][c]) c++;
      const under = endOf(lines, r, cell.rowSpan);
      at.set(cell, { r, c, under });
      // The browser lays the next cell in its place.
      if (isLeftOut(cell)) continue;
      for (let y = r; y < under; y++) for (let x = c; x < c + (cell.colSpan || 1); x++) rows[y][x] = cell;
    }
  });
  for (const row of rows) width = Math.max(width, row.length);
  return { lines, rows, at, width, above: [], number };
});
// A cell that is not laid out in a row that is.
const isLeftOut = (cell) => !cell.offsetWidth && !cell.getClientRects().length && !!cell.parentNode.getClientRects().length;
// No cell reaches beyond its part of the table, 0 as far as there.
function endOf(lines, r, span) {
  let end = r + 1;
  while (end < lines.length && lines[end].parentNode === lines[r].parentNode && (span === 0 || end < r + span)) end++;
  return end;
}
// A cell over several columns is its own neighbour.
const cellsOf = (row) => row.filter((cell, c) => cell && cell !== row[c - 1]);
// Where a cell begins, and the first row below it.
function spotOf(cell) {
  const table = cell.closest('table');
  const at = table && grid(table).at.get(cell);
  if (!at) return null;
  const { rows, above } = grid(table);
  return { rows, above, r: at.r, c: at.c, under: at.under };
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
  const all = [];
  for (let r = from; r <= to; r++) {
    rows[r].forEach((cell, c) => {
      if (!cell || !fits(cell, r, c)) return;
      const known = all.find((h) => h.cell === cell);
      if (!known) all.push({ cell, r, columns: [c] });
      else if (!known.columns.includes(c)) known.columns.push(c);
    });
  }
  const within = (a, b) => a.columns.every((c) => b.columns.includes(c));
  return all.filter((a, n) => !all.some((b, m) => within(b, a) && (a.columns.length > b.columns.length || m > n)));
}
// 「住所」 is a heading; 「異動前/住所」 the one below 異動前; 「住所/2」 the second column of that heading.
function headingsNamed(rows, from, to, want) {
  const whole = label(want);
  const exact = headingCells(rows, from, to, (cell) => said(cell) === whole);
  const plain = (cell) => alike(said(cell), whole);
  const all = exact.length ? exact : headingCells(rows, from, to, plain);
  const cut = wanted(want).lastIndexOf('/');
  if (all.length || cut < 0) return all;
  const [group, name] = [wanted(want).slice(0, cut), wanted(want).slice(cut + 1)];
  const over = (r, c) => rows.slice(0, r).some((row) => row[c] && said(row[c]) === group);
  const below = headingCells(rows, from, to, (cell, r, c) => said(cell) === name && over(r, c));
  if (below.length || !/^[1-9]$/.test(name)) return below;
  const ofGroup = headingCells(rows, from, to, (cell) => said(cell) === group);
  const nth = ofGroup.flatMap((h) => h.columns.map((c) => ({ ...h, columns: [c] })))[name - 1];
  return nth ? [nth] : [];
}
// The headings of these columns, and the row they end at: one row of the first ten that has them all, or the rows up to it.
function headers(rows, columns) {
  const first = rows.slice(0, 10);
  const there = first.flatMap((row) => cellsOf(row).flatMap((cell) => [said(cell), undecorated(said(cell))]));
  const possible = (want) => there.includes(undecorated(label(want))) || there.includes(label(want)) || wanted(want).split('/').some((part) => there.includes(part));
  if (!columns.every(possible)) return null;
  for (let r = 0; r < first.length; r++) {
    const all = (from, to) => columns.map((want) => headingsNamed(rows, from, to, want));
    const whole = (at) => at.every((found) => found.length);
    if (!whole(all(0, r))) continue;
    let to = r;
    while (rows[to + 1] && (isOfHeadings(rows[to + 1]) || reach(rows, to))) to++;
    return { row: to, at: all(whole(all(r, r)) ? r : 0, to) };
  }
  return null;
}
const isOfHeadings = (row) => row.length > 0 && cellsOf(row).every((cell) => cell.tagName === 'TH');
// Whether headings that are none by their tag go on in the next line: one of them reaches into it, the others there have its
// colour, and the line after has another.
function reach(rows, r) {
  const over = rows[r].find((cell, c) => cell && said(cell) && cell === rows[r + 1][c]);
  const after = over && rows[r + 2] ? cellsOf(rows[r + 2]) : [];
  return after.length > 0 && cellsOf(rows[r + 1]).every((cell) => sameColour(cell, over)) && !after.some((cell) => sameColour(cell, over));
}
// Headings one over the other, neither of them over others, are those of records of several lines: each line would count as a row.
function stacked(rows, { row, at }, data) {
  const several = haveSeveralLines(rows, row, data);
  if (several === false) return null;
  const sought = at.map(([h]) => h.cell);
  const width = (r, cell) => rows[r].filter((other) => other === cell).length;
  const isName = (cell) => !holds(cell) && /\D/.test(loose(words(cell))) && !unitOf(words(cell));
  // Where the records do not tell, only what is a heading by its tag does.
  const counts = (one, other) => several || ([one, other].some((cell) => sought.includes(cell)) && one.tagName === 'TH' && other.tagName === 'TH');
  for (let r = 0; r < row; r++) {
    const isPair = (up, c) => {
      const down = rows[r + 1][c];
      if (!up || !down || up === down || said(up) === said(down) || !isName(up) || !isName(down)) return false;
      return width(r, up) <= width(r + 1, down) && cellsOf(rows[r]).length > 1 && counts(up, down);
    };
    const c = rows[r].findIndex(isPair);
    if (c >= 0) return { name: short(words(rows[r][c])), found: ['1件の上段 ' + short(words(rows[r][c])), '1件の下段 ' + short(words(rows[r + 1][c]))] };
  }
  return null;
}
// Whether a record has several lines, as the columns tell of which the heading has several: null where there are none.
function haveSeveralLines(rows, row, [first, second]) {
  if (!second) return false;
  const tall = rows[row].map((cell, c) => (row > 0 && cell && said(cell) && rows[row - 1][c] === cell && first[c] ? c : -1)).filter((c) => c >= 0);
  if (!tall.length) return null;
  return tall.every((c) => !second[c] || second[c] === first[c] || !key(content(second[c])));
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
  if (uniq(groups.filter(Boolean)).length === groups.length) return { name: columns[n], found: groups.map((g) => g + '/' + columns[n]) };
  return numberedColumns(columns[n], at[n]);
}
const numberedColumns = (name, found) => ({ name, found: found.flatMap((h) => h.columns).map((_, n) => name + '/' + (n + 1)) });
// What a row has under a heading: the different texts in its columns.
function textsUnder(row, found) {
  const cells = cellsOf(found.flatMap((h) => h.columns.map((c) => row[c])));
  return uniq(cells.map(content).filter(key));
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
  const { own, before } = headersAt(table)(column);
  return own ? (own.row < r ? own : null) : before;
}
const headersAt = memo((table) =>
  memo((column) => {
    const own = headers(grid(table).rows, [column]);
    const before = own ? null : tablesOf(table.ownerDocument).find((t) => t !== table && bodyOf(t) === table);
    return { own, before: before ? headers(grid(before).rows, [column]) : null };
  })
);
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
