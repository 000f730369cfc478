// Which of several things of one name is meant by the heading it stands near.

// ---- what a heading is over
// The cell that is a heading and nothing else, if this stands in one.
function headingCell(el) {
  const cell = el.closest('td, th');
  return cell && spotOf(cell) && kindOf(cell) === 'text' ? cell : null;
}
// The cell of a table itself, none of a table within it, in which this stands; where it begins.
function spotIn(table, el) {
  let cell = el.closest('td, th');
  while (cell && cell.closest('table') !== table) cell = cell.parentElement.closest('td, th');
  return (cell && grid(table).at.get(cell)) || null;
}
// A cell alone in its row that says what follows; a remark does not.
function barOf(row) {
  const line = cellsOf(row).filter((c) => kindOf(c) !== 'blank');
  return line.length === 1 && kindOf(line[0]) === 'text' && !/^\s*[※*(（]/.test(words(line[0])) ? line[0] : null;
}
const isFilled = (row) => cellsOf(row).some((c) => /^(other|box)$/.test(kindOf(c)));
// What a heading is over: `has` tells what belongs to it, `others` what belongs to a heading like it; null where nothing bounds it.
function blockOf(heading, all) {
  const legend = heading.el.closest('legend');
  const set = legend && legend.closest('fieldset');
  if (set) {
    const other = (el) => el.closest('fieldset');
    return { has: (el) => set.contains(el), others: (el) => !!other(el) && !other(el).contains(legend) };
  }
  const cell = headingCell(heading.el);
  if (!cell || all.some(({ el }) => cell.contains(el))) return null;
  const table = cell.closest('table');
  const spots = new WeakMap(all.map(({ el }) => [el, spotIn(table, el)]));
  const at = (fits) => (el) => !!spots.get(el) && fits(spots.get(el));
  const filled = (r) => isFilled(grid(table).rows[r]) || all.some(({ el }) => at((spot) => spot.r === r)(el));
  return besideOf(cell, at, filled) || sectionOf(cell, at, filled) || columnOf(cell, at, filled);
}
// Over several rows: those rows. Another text in its column is the heading of others.
function besideOf(cell, at, filled) {
  const { rows, r, c, under } = spotOf(cell);
  const lines = rows.slice(r, under).map((_, n) => r + n);
  if (lines.length < 2 || !lines.some(filled)) return null;
  const isOther = (spot) => {
    const first = rows[spot.r][c];
    return !!first && first !== cell && spot.c > c && kindOf(first) === 'text';
  };
  return { has: at((spot) => spot.r >= r && spot.r < under), right: at((spot) => spot.c > c), others: at(isOther) };
}
// Alone in its row: the rows after it, up to the next such heading that looks like it.
function sectionOf(cell, at, filled) {
  const { rows, r, under } = spotOf(cell);
  if (barOf(rows[r]) !== cell) return null;
  const isLike = (row) => !!barOf(row) && sameLook(barOf(row), cell);
  // Headings one after the other that look the same: nobody can tell which is over which.
  if (!rows[under] || isLike(rows[under])) return null;
  let end = under;
  for (let any = false; end < rows.length && !(any && isLike(rows[end])); end++) any = any || filled(end);
  if (!rows.slice(under, end).some((_, n) => filled(under + n))) return null;
  const before = rows.slice(0, r).findIndex(isLike);
  const isOther = (spot) => spot.r >= end || (before >= 0 && spot.r > before && spot.r < r);
  return { has: at((spot) => spot.r >= under && spot.r < end), others: at(isOther) };
}
// In a row of headings: what is below it. Where all are headings by their tag, what is below another is that one's.
function columnOf(cell, at, filled) {
  const { rows, r, under } = spotOf(cell);
  if (filled(r) || barOf(rows[r])) return null;
  const isOther = (spot) => {
    const over = rows[r][spot.c];
    return isOfHeadings(rows[r]) && spot.r >= under && !!over && over !== cell && kindOf(over) === 'text';
  };
  return { has: at((spot) => spot.r >= under && rows[r][spot.c] === cell), others: at(isOther) };
}

// ---- which is the nearest
const gap = (a, r) => Math.hypot(Math.max(0, a.left - r.right, r.left - a.right), Math.max(0, a.top - r.bottom, r.top - a.bottom));
const away = (heading, c) => gap(heading.rect, boxOf(c.el));
// Farther than this is plainly farther than what is this near.
const plainly = (least) => least * 3 + 30;
function bestRanked(all) {
  const best = Math.min(...all.map((c) => c.rank));
  return all.filter((c) => c.rank === best);
}
// The nearest. Where the first in the order of the page is another and about as near, that too: nobody can tell then.
function nearestOf(heading, all, ordered) {
  const far = all.map((c) => away(heading, c));
  const least = Math.min(...far);
  return all.filter((_, n) => far[n] <= least + 1 || (ordered && n === 0 && far[0] <= plainly(least)));
}
// A heading stands before what it names: of what the smallest block around it has, what comes after it, or else beside it. What only
// comes before it there is not told from what comes after the block.
function closestTo(heading, all) {
  if (!all.length) return [];
  let block = heading.el;
  while (!all.some(({ el }) => block.contains(el))) block = block.parentElement;
  const isAfter = ({ el }) => (heading.el.compareDocumentPosition(el) & 2) === 0;
  const isBeside = ({ el }) => {
    const r = boxOf(el);
    return r.top < heading.rect.bottom && r.bottom > heading.rect.top;
  };
  const inside = all.filter(({ el }) => block.contains(el));
  const after = inside.filter(isAfter);
  if (after.length) return nearestOf(heading, bestRanked(after), true);
  const beside = inside.filter(isBeside);
  if (beside.length) return nearestOf(heading, bestRanked(beside), false);
  return [inside, all.filter(isAfter)].flatMap((some) => (some.length ? nearestOf(heading, bestRanked(some), false) : []));
}
// What one heading tells of all in its document; `sure` where it is over them.
function toldBy(heading, all) {
  const block = blockOf(heading, all);
  const tell = (some, sure) => {
    const found = closestTo(heading, some);
    return { found, sure, isLink: !!heading.el.closest(LINKS), far: Math.min(...found.map((c) => away(heading, c))) };
  };
  if (!block) return tell(all, false);
  const own = all.filter(({ el }) => block.has(el));
  const right = block.right ? own.filter(({ el }) => block.right(el)) : [];
  if (own.length) return tell(right.length ? right : own, true);
  return tell(all.filter(({ el }) => !block.others(el)), false);
}
// Those of `all` that stand near the heading of that text. Where there are several such headings, those count that are over something,
// then those that are no links, then the nearest; where these tell different things, all of them.
function near(all, want) {
  let told = [];
  for (const place of places) {
    const here = all.filter((c) => c.place === place);
    if (here.length) told.push(...anchors(place.doc, want).map((heading) => toldBy(heading, here)));
  }
  told = told.filter((one) => one.found.length);
  for (const counts of [(one) => one.sure, (one) => !one.isLink]) if (told.some(counts)) told = told.filter(counts);
  const least = Math.min(...told.map((one) => one.far));
  const found = told.filter((one) => one.far <= plainly(least)).flatMap((one) => one.found);
  if (!found.length) reply.seen.unshift(...all.map((c) => c.name + '（near: 「' + short(want) + '」の範囲の外）'));
  return all.filter((c) => found.includes(c));
}
// The headings of that text. What else is a heading by its tag is told as seen.
function headingsNamedIn(doc, want) {
  const all = [...doc.querySelectorAll('legend, caption, h1, h2, h3, h4, h5, h6')].filter(shown);
  reply.seen.push(...all.map((el) => short(words(el))).filter(Boolean));
  return anchors(doc, want).map(({ el }) => ({ el, rank: 0, name: want }));
}
