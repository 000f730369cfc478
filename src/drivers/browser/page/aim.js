// Where a click lands, whether that stands still, and that it reaches what it is meant for.

// ---- where a click lands
const hasSize = (r) => r.width > 0 && r.height > 0;
// The first piece of what is seen of it: a link may begin with the end of a line, or hold nothing but what floats.
function visibleBox(el) {
  if (el.tagName === 'AREA') return boxOf(el);
  const inside = () => [...el.querySelectorAll('*')].filter(shown).flatMap((e) => [...e.getClientRects()]);
  return [...el.getClientRects()].find(hasSize) || inside().find(hasSize) || el.getBoundingClientRect();
}
// The element and the frames around it, each with the point in its own window where the click will land. A frame may be drawn
// larger or smaller than what is in it takes it for.
function pointsUp(el) {
  const points = [];
  const r = visibleBox(el);
  let p = { x: r.left + r.width / 2, y: r.top + r.height / 2 };
  for (let [target, win] = [el, el.ownerDocument.defaultView]; ; win = win.parent) {
    points.push({ target, p, inside: p.x >= 0 && p.y >= 0 && p.x < win.innerWidth && p.y < win.innerHeight });
    const frame = frameOf(win);
    if (!frame) return points;
    const box = frame.getBoundingClientRect();
    const { paddingLeft, paddingTop } = getComputedStyle(frame);
    const [sx, sy] = [box.width / (frame.offsetWidth || box.width), box.height / (frame.offsetHeight || box.height)];
    p = {
      x: box.left + sx * (frame.clientLeft + parseFloat(paddingLeft) + p.x),
      y: box.top + sy * (frame.clientTop + parseFloat(paddingTop) + p.y),
    };
    target = frame;
  }
}
const placeOf = (el) => pointsUp(el).map(({ p }) => [p.x, p.y]);
// The element and all around it, the frames and what is around these too.
function upFrom(el) {
  const all = [];
  for (let e = el; e; e = e.parentElement || frameOf(e.ownerDocument.defaultView)) all.push(e);
  return all;
}

// ---- does it stand still?
// From when on it stands where it is: the pictures that are painted from then on are counted.
function watchPlace(el) {
  const win = el.ownerDocument.defaultView;
  const painted = new Promise((done) => {
    let n = 0;
    const step = () => (++n < 3 ? win.requestAnimationFrame(step) : done(true));
    step();
    putOff(win, done, 100);
  });
  return (win.__shokiPlace = { el, at: placeOf(el), painted });
}
// Its place two painted pictures after the first look, in its own window and in those around it. A window in the background paints
// none, and a machine under load none in time: what is being animated does not move then, and does not stand still either.
function still(el, item) {
  const { __shokiPlace: known } = el.ownerDocument.defaultView;
  const first = known && known.el === el ? known : watchPlace(el);
  delete el.ownerDocument.defaultView.__shokiPlace;
  return first.painted.then((painted) => {
    [item.lacks, item.by] = missing(el);
    const [at, now] = [placeOf(el), boxOf(el)];
    const moved = ([x, y], n) => !first.at[n] || Math.abs(x - first.at[n][0]) > 0.2 || Math.abs(y - first.at[n][1]) > 0.2;
    if (at.some(moved) || (!painted && animated(el))) item.lacks = 'stable';
    item.rect = [now.left, now.top, now.width, now.height];
    if (!item.lacks) guard(el);
  });
}
// Properties that move what they animate; a keyframe's own `offset` is none.
const MOVES = /^(transform|translate|scale|rotate|offset[a-z]|inset|left|top|right|bottom|margin|padding|(min|max)?(width|height))/i;
function animated(el) {
  return upFrom(el).some((e) => {
    const moving = e.getAnimations().filter((a) => a.playState === 'running');
    const frames = moving.flatMap((a) => (a.effect ? a.effect.getKeyframes() : []));
    return frames.some((frame) => Object.keys(frame).some((name) => MOVES.test(name)));
  });
}

// ---- does the click reach it?
// A click reaches what it is meant for or nothing: the page may move between the last look and the click, and what comes into its
// place may be in any other frame. What is told of it: null where none came, false where it was kept from something else, true
// where it reached, 'begun' where the mouse went down on what was meant and the click never came to it. Every look takes the guard
// away. Two clicks in a row are whole with the second; a list may draw its line anew at each, and what follows the second then
// happens where nobody hears it.
function guard(el) {
  const kinds = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click', 'dblclick'];
  const wins = places.map((place) => place.win);
  const whole = arg.double ? 'dblclick' : 'click';
  const [tag, shows] = [el.tagName, key(el.textContent)];
  const isAnew = (n) => !el.isConnected && n.tagName === tag && key(n.textContent) === shows;
  let [reached, clicks] = [null, 0];
  const inAll = (act) => {
    for (const win of wins) {
      try {
        act(win);
      } catch (e) {
        // It belongs to others by now.
      }
    }
  };
  const end = () => inAll((win) => kinds.forEach((kind) => win.removeEventListener(kind, look, true)));
  function look(e) {
    if (!e.isTrusted) return;
    const hit = e.composedPath().some((n) => n === el || n.control === el || (arg.double && isAnew(n)));
    if (reached === null) reached = hit && 'begun';
    if (!reached || (arg.double && !hit)) {
      e.preventDefault();
      e.stopImmediatePropagation();
    }
    if (e.type === 'click' && reached && hit && ++clicks === (arg.double ? 2 : 1)) reached = true;
    if (e.type === whole) end();
  }
  const verdict = () => {
    end();
    inAll((win) => win.__shokiGuard === verdict && delete win.__shokiGuard);
    return reached;
  };
  inAll((win) => {
    kinds.forEach((kind) => win.addEventListener(kind, look, true));
    win.__shokiGuard = verdict;
  });
}
