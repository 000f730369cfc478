// What a command may mean, and whether it can be acted on.

// ---- ready to be acted on?
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
  bringIntoView(el);
  return coverOf(el);
}
function missing(el) {
  if (el.ownerDocument.readyState !== 'complete') return ['loaded', null];
  if (!shown(el)) return ['visible', null];
  if (el.matches(':disabled') || el.getAttribute('aria-disabled') === 'true') return ['enabled', null];
  if (arg.each && isGreyed(el)) return ['enabled', null];
  if (arg.edit && (el.readOnly || el.getAttribute('aria-readonly') === 'true')) return ['editable', null];
  if (upFrom(el).some((e) => e.getAnimations && e.getAnimations().some(comesToRest))) return ['stable', null];
  const cover = arg.untouched ? null : coveredBy(el);
  return cover ? ['uncovered', cover] : [null, null];
}
// One that goes on for ever is not waited for: whether it moves what it animates is seen by its place.
const comesToRest = (a) => a.playState === 'running' && !(a.effect && a.effect.getComputedTiming().endTime === Infinity);
// Whether the page says that a link to the next page leads nowhere: a link cannot be disabled by itself.
function isGreyed(el) {
  const says = (e) => e.hasAttribute('disabled') || e.getAttribute('aria-disabled') === 'true' || /disabled?(\s|$)/i.test(e.getAttribute('class'));
  const holder = el.parentElement;
  return says(el) || (!!holder && key(text(holder)) === key(text(el)) && says(holder)) || getComputedStyle(el).pointerEvents === 'none';
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
  const plain = el.querySelector && el.querySelector(ASIDE) ? words(el) : '';
  return [own, el.getAttribute('alt'), img && img.alt, el.title, el.getAttribute('aria-label'), src, plain].filter(Boolean);
}
const pressables = () => (arg.only === 'button' ? BUTTONS + ', [role=button]' : arg.only === 'link' ? LINKS : BUTTONS + ', [role=button], ' + LINKS);
// What lies around these. Each way up is gone once: on a page of thousands, comparing each with each takes seconds.
function around(all) {
  const outer = new WeakSet();
  for (const e of all) for (let p = e.parentElement; p && !outer.has(p); p = p.parentElement) outer.add(p);
  return outer;
}
function innermost(all) {
  const outer = around(all);
  return all.filter((e) => !outer.has(e));
}
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
// Where a label stands: what shows it, and the rectangle of its text.
function anchors(doc, want) {
  const w = label(want);
  const exact = anchorsThat(doc, (s) => label(s) === w);
  return exact.length ? exact : anchorsThat(doc, (s) => alike(label(s), w));
}
function anchorsThat(doc, fits) {
  const out = [];
  const body = bodyIn(doc);
  if (!body) return out;
  const walker = doc.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  for (let n = walker.nextNode(); n; n = walker.nextNode()) {
    if (n.data.length > 200 || !fits(n.data) || !shown(n.parentElement)) continue;
    out.push({ el: n.parentElement, rect: rangeOf(n).getBoundingClientRect() });
  }
  if (out.length) return out;
  const whole = [...body.querySelectorAll('*')].filter((e) => e.textContent.length < 200 && fits(e.querySelector(ASIDE) ? words(e) : e.textContent) && shown(e));
  return innermost(whole).map((el) => ({ el, rect: el.getBoundingClientRect() }));
}
function beyond(how, a, r) {
  if (how === 'right_of') return r.left >= a.right - 2 && r.top < a.bottom && r.bottom > a.top ? r.left - a.right : null;
  return r.top >= a.bottom - 2 && r.left < a.right && r.right > a.left ? r.top - a.bottom : null;
}
// The texts that may be a value or a label, with their rectangles: no remarks, nor what leads a value in, 「令和」 or 「〒」.
const textsOf = memo((doc) =>
  pieces(bodyIn(doc))
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
// The nearest of `all` by a measure between a label and its own rectangle; null: does not count.
function nearest(all, labels, measure) {
  let best = Infinity;
  const measured = all.map((c) => {
    const r = boxOf(c.el);
    const d = Math.min(Infinity, ...labels.map(({ rect }) => measure(rect, r, c.el)).filter((v) => v !== null));
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
  const known = out.map((c) => c.el);
  const [inner, outer] = [new WeakSet(known), around(known)];
  const isWithin = (e) => !!e && (inner.has(e) || isWithin(e.parentElement));
  for (const el of showing(doc, want, arg.double ? 'body *' : '[onclick]')) {
    if (!outer.has(el) && !isWithin(el)) out.push({ el, rank: 1, name: short(text(el)) });
  }
  return out;
}
// The nearest text above each cell of a table, column by column.
const overs = memo(() => []);
function textOver(cell) {
  const { rows, r, c } = spotOf(cell);
  const known = overs(cell.closest('table'));
  let last = null;
  known[c] = known[c] || rows.map((row) => {
    const over = last;
    if (row[c] && !holds(row[c]) && said(row[c])) last = row[c];
    return over;
  });
  return known[c][r];
}
// The heading of a field's column. What is over the text beside the field as well is the heading of both.
function headingOf(el, beside) {
  const cell = el.closest('td, th');
  const over = cell && spotOf(cell) ? textOver(cell) : null;
  if (!over) return '';
  const { rows, r } = spotOf(over);
  const spot = beside && spotIn(over.closest('table'), beside);
  return spot && rows[r][spot.c] === over ? '' : words(over);
}
// What a field is called in a message. In a list with headings that is its heading: what stands beside it is often a person.
function called(el, first) {
  const cell = el.closest('td, th');
  const heading = first.from || first.text === label(leftOf(el)) ? headingOf(el, first.from || (cell && leftCell(cell))) : '';
  if (heading) return short(heading);
  return first.from && inList(first.from) ? '' : first.shown;
}
function inList(cell) {
  const { rows, r, c } = spotOf(cell);
  const all = (kind) => cellsOf(rows[r]).filter((other) => kindOf(other) === kind).length;
  return all('text') > all('box') && rows.slice(0, r).some((row) => row[c] && said(row[c]));
}
// The wanted option, if a radio button is that: by what a person reads beside it, or else by what it sends, unless another of its
// group reads like that.
function optionOf(el, labels) {
  const want = label(arg.option);
  const read = rankOf(labels.filter((l) => l.rank === 0), want);
  if (read || el.value !== arg.option) return read;
  const group = [...el.ownerDocument.querySelectorAll('input[type=radio]')].filter((o) => o !== el && o.name === el.name && o.form === el.form);
  const readsLike = (o) => labelsOf(o).some((l) => l.rank === 0 && l.text.split('/').pop().includes(want));
  return want && group.some(readsLike) ? null : { name: arg.option };
}
function seenField(doc, how, want) {
  const out = [];
  for (const el of arg.kind === 'any' ? doc.querySelectorAll(CONTROLS) : pool(doc)) {
    const labels = labelsOf(el);
    const held = { name: el.name, placeholder: el.getAttribute('placeholder') }[how];
    let best = how === 'seen' ? rankOf(labels, wanted(want), spelled(want)) : key(held) === key(want) ? { rank: 0, name: want } : null;
    if (arg.kind === 'radio') {
      const option = optionOf(el, labels);
      const group = best || rankOf(labels, wanted(want + '/' + arg.option), spelled(want + '/' + arg.option));
      best = option && group ? { rank: group.rank, name: option.name } : null;
    }
    if (best) out.push({ el, rank: best.rank, name: best.name });
    else if (labels.length && labels[0].rank < 3 && shown(el)) reply.seen.push(...[called(el, labels[0])].filter(Boolean));
  }
  return out;
}
function candidates(doc, { how, want }) {
  if (arg.kind === 'heading') return headingsNamedIn(doc, arg.names[0]);
  const plain = (all) => [...all].map((el) => ({ el, rank: 0, name: short(text(el)) || want }));
  if (how === 'css') return plain(doc.querySelectorAll(want));
  if (how === 'xpath') {
    const all = doc.evaluate(want, doc, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
    const found = [];
    for (let i = 0; i < all.snapshotLength; i++) found.push(all.snapshotItem(i));
    return plain(found.filter((n) => n.nodeType === 1));
  }
  if (how === 'text') return plain(showing(doc, want, 'body *'));
  if (how === 'right_of' || how === 'below') {
    return nearest(plain(pool(doc).filter(shown)), anchors(doc, want), (a, r, el) => (beyond(how, a, r) === null || isApart(how, a, r, el) ? null : beyond(how, a, r)));
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
  const all = [];
  for (const place of places) {
    for (const c of candidates(place.doc, meant(name))) {
      if (!arg.row || rowFits(c.el, arg.row)) all.push({ ...c, rank: c.rank + 100 * preference, place });
    }
  }
  return arg.near ? near(all.filter((c) => shown(c.el)), arg.near) : all;
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
// Whether it is a field that is neither greyed nor only to be read.
function takes(el) {
  if (!/^(field|radio|checkbox|file)$/.test(arg.kind) || el.matches(':disabled') || el.getAttribute('aria-disabled') === 'true') return false;
  return !arg.edit || !(el.readOnly || el.getAttribute('aria-readonly') === 'true');
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
  // Where a page has a field twice, once to look at, the one that takes something is meant.
  const taking = arg.nth ? [] : all.filter(({ el }) => takes(el));
  if (taking.length === 1) all = taking;
  if (arg.nth) all = all.slice(arg.nth - 1, arg.nth);
  for (const c of all) {
    const { el, place } = c;
    const [lacks, by] = all.length === 1 || arg.each ? missing(el) : [null, null];
    const r = boxOf(el);
    const form = el.form && el.form.acceptCharset ? el.form.acceptCharset : '';
    reply.items.push({
      path: place.path, frame: place.name, n: place.win.__shoki.push(el) - 1, rank: c.rank, name: c.name, lacks, by,
      rect: [r.left, r.top, r.width, r.height],
      points: (arg.watch || arg.still) && !lacks && all.length === 1 ? placeOf(el) : [],
      tag: el.tagName.toLowerCase(), kind: isWritable(el) ? 'editable' : el.type || '', charset: form || place.doc.characterSet,
      max: el.maxLength === undefined || el.maxLength < 0 ? null : el.maxLength,
      el: arg.held && all.length === 1 && place.win === window ? el : null,
      checked: isBox(el) && el.checked,
      does: arg.each ? effectOf(el, place) : null,
    });
  }
  const ready = all.length === 1 && !reply.items[0].lacks;
  if (ready && arg.take) takeUp(all[0].el);
  if (ready && arg.watch) watchPlace(all[0].el);
  if (arg.watch) return signed();
  if (arg.still) return ready ? still(all[0].el, reply.items[0]).then(signed) : signed();
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
