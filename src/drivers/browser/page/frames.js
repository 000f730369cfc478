// Runs in the page: finds things the way a person does, in every frame of the same origin. This and its neighbours are one script,
// in the order that `ask.rs` names them; this one has the frames, what can be seen, and what is worked out once in a look.
// arguments: [command, argument]. Always answers { frames, items, opaque, stray, seen, hidden, sign, busy }.
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
const LINKS = 'a[href], a[onclick], area[href], area[onclick], [role=link], [role=menuitem], [role=tab], summary';
// A piece of a page that one may write into.
const WRITABLE =
  ':is([contenteditable=""], [contenteditable=true i], [contenteditable=plaintext-only i]):not(body, :has(input, select, textarea, button))';
const CONTROLS =
  'input:not([type=hidden]):not([type=submit]):not([type=button]):not([type=image]):not([type=reset]), select, textarea, ' + WRITABLE;

// ---- frames
const reply = { frames: [], items: [], opaque: [], stray: false, seen: [], hidden: 0, sign: '', busy: false };
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
  // A page may have something else of the name `length`.
  for (let i = 0; win[i]; i++) {
    const child = win[i];
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
for (const { win } of places) {
  try {
    const requests = requestsOf(win);
    requests.hear();
    if (requests.busy()) reply.busy = true;
    const timers = timersIn(win);
    if (timers) timers.hear();
  } catch (e) {
    // A page that has other things under these names is looked at without.
  }
}

// What a page has put off; nothing where it was there before that is noted, or has other things under this name.
function timersIn(win) {
  const timers = win.__shokiTimers;
  return timers && typeof timers.soon === 'function' ? timers : null;
}
// Whether a page has told its browser a moment ago to go elsewhere.
function hasAsked(win) {
  const timers = timersIn(win);
  return !!timers && typeof timers.asks === 'function' && timers.asks();
}
// Puts something off as a page does, but not so that it is taken for the page's.
function putOff(win, what, delay) {
  const timers = timersIn(win);
  if (timers) timers.later(what, delay);
  else win.setTimeout(what, delay);
}

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
  if (goes.since === null && (isEmptyYet(win, doc) || leadsOn(win, doc))) goes.since = Date.now();
}
// Whether a frame has just been put there, and what is to come into it has not: nobody tells its first, empty document that it goes.
function isEmptyYet(win, doc) {
  const frame = frameOf(win);
  if (!frame || doc.URL !== 'about:blank' || frame.loading === 'lazy') return false;
  if (/^https?:/i.test(frame.src)) return true;
  const name = frame.getAttribute('name');
  const sends = (place) => [...place.doc.querySelectorAll('form[target]')].some((form) => form.getAttribute('target') === name);
  return !!name && places.some((place) => hasAsked(place.win) && sends(place));
}
// Whether a page says that it leads to another at once.
function leadsOn(win, doc) {
  return refreshes(win, doc).some(({ after, to }) => after <= 1 && to);
}
// What its `meta` elements say: after how many seconds, and where to; nothing where it is the page itself that comes anew.
function refreshes(win, doc) {
  const plain = (address) => address.split(/[?#]/)[0];
  return [...doc.querySelectorAll('meta[http-equiv=refresh i]')].map((meta) => {
    const [, address] = /url\s*=\s*['"]?([^'"]*)/i.exec(meta.content) || [];
    const link = doc.createElement('a');
    link.href = address || '';
    const isOwn = !address || plain(link.href) === plain(win.location.href);
    return { after: parseFloat(meta.content) || 0, to: isOwn ? '' : link.href };
  });
}
const leaving = (doc) => (doc.__shokiGoes.since === null ? null : Math.max(0, Date.now() - doc.__shokiGoes.since));

// ---- the document's own
// A form, an image or a frame of the name `body` or `title` hides these.
const own = (doc, name) => Reflect.get(Object.getPrototypeOf(doc), name, doc);
const bodyIn = (doc) => own(doc, 'body');
const titleIn = (doc) => own(doc, 'title');
// None where there are frames in its place.
const flowIn = (doc) => {
  const body = bodyIn(doc);
  return body && body.tagName !== 'FRAMESET' ? body : null;
};

// ---- what can be seen
function frameOf(win) {
  try {
    return win === root ? null : win.frameElement;
  } catch (e) {
    return null;
  }
}
function shown(of) {
  const el = seenAs(of);
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
  return isWritable(el) ? writtenIn(el) : el.value || '';
}
function cellText(cell) {
  const controls = [...cell.querySelectorAll(CONTROLS)].filter(shown);
  if (!controls.length) return words(cell).trim();
  const radios = controls.filter((c) => c.type === 'radio' || c.type === 'checkbox');
  if (radios.length === controls.length) {
    return radios.filter((c) => c.checked).map((c) => boxText(c) || c.value).join(' ');
  }
  return controls.length === 1 ? controlText(controls[0]).trim() : runningText(cell, controls);
}
// The text of a cell with what its controls hold in their places, of the boxes to tick the words of those that are ticked. Nothing
// where all fields are empty and only marks and units stand between them: 「[ ]年[ ]月」.
function runningText(cell, controls) {
  const all = pieces(cell);
  const left = all.filter((p) => p.control && isBox(p.control) && !p.control.checked).flatMap((p) => wordsOfBox(all, p.control));
  let [told, rest] = ['', ''];
  const add = (s) => (told += /\s$/.test(told) || !told ? s.replace(/^[ \n]+/, '') : s);
  for (const p of all) {
    if (p.end && told) told = told.replace(/\s+$/, '') + '\n';
    if (p.control && controls.includes(p.control) && !isBox(p.control)) told += controlText(p.control);
    if (!p.text || p.aside || left.includes(p)) continue;
    add(p.text.replace(/[ \t\r\n]+/g, ' '));
    if (!/^([-~〜・/.,()〒]|令和|平成|昭和|大正|明治|西暦)*$/.test(key(p.text)) && label(unitOf(p.text)) !== label(p.text)) rest += p.text;
  }
  const empty = controls.every((c) => (isBox(c) ? !c.checked : !controlText(c).trim()));
  return controls.length && empty && !key(rest) ? '' : told.trim();
}
// The pieces of text that are the words of a box and of nothing else.
function wordsOfBox(all, box) {
  const [at, own] = [all.findIndex((p) => p.control === box), key(boxText(box))];
  for (const step of [1, -1]) {
    const run = [];
    for (let n = at + step; all[n] && !all[n].control && !all[n].end; n += step) run.push(all[n]);
    if (own && key((step > 0 ? run : [...run].reverse()).map((p) => p.text).join('')) === own) return run;
  }
  return [];
}

// ---- what is worked out once in a look
// No Map, Set, `reduce` or `Array.from` in all of this: pages and old libraries have their own of these names, which do other things.
function memo(make) {
  const [ofTexts, ofThings] = [Object.create(null), new WeakMap()];
  return (of) => {
    const isText = typeof of === 'string';
    let known = isText ? ofTexts[of] : ofThings.get(of);
    if (!known) {
      known = [make(of)];
      if (isText) ofTexts[of] = known;
      else ofThings.set(of, known);
    }
    return known[0];
  };
}
const uniq = (all) => all.filter((one, n) => all.indexOf(one) === n);
const words = memo(plainText);
const said = memo((el) => label(words(el)));
const content = memo(cellText);
const holds = memo((el) => !!el.querySelector(CONTROLS));
const isBox = (el) => el.type === 'radio' || el.type === 'checkbox';
