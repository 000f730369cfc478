// What a document has put off, or asked its browser for: timers, and ways to other pages. This runs before the scripts of a page; a
// document that was there earlier has timers that nobody knows of. The page's functions stay what they are to the page.
function timersOf(win) {
  if (win.__shokiTimers) return win.__shokiTimers;
  // Milliseconds: timers that are set for later are not noted; how long a way to another page may take to begin.
  const [LONG, ASKED] = [5000, 1000];
  const { Reflect, Object, Date, setTimeout } = win;
  const [waiting, repeated] = [Object.create(null), Object.create(null)];
  let [count, asked, unsure] = [0, 0, false];
  // One of ours, set right after the page's own for as long, runs right after it.
  const noteTimer = (delay) => {
    const after = Math.max(0, Number(delay) || 0);
    if (after > LONG) return;
    const n = ++count;
    waiting[n] = Date.now() + after;
    timers.later(() => delete waiting[n], after);
  };
  wrap(win, win, 'setTimeout', (own, self, given) => {
    const id = Reflect.apply(own, self, given);
    noteTimer(given[1]);
    return id;
  });
  wrap(win, win, 'setInterval', (own, self, given) => {
    const id = Reflect.apply(own, self, given);
    noteTimer(given[1]);
    repeated[id] = Math.max(0, Number(given[1]) || 0);
    return id;
  });
  // The next picture, or an idle moment.
  for (const name of ['requestAnimationFrame', 'requestIdleCallback']) {
    wrap(win, win, name, (own, self, given) => {
      const id = Reflect.apply(own, self, given);
      const n = ++count;
      waiting[n] = Date.now();
      Reflect.apply(own, self, [() => delete waiting[n]]);
      return id;
    });
  }
  // Each takes away what the other has set.
  for (const name of ['clearInterval', 'clearTimeout']) {
    wrap(win, win, name, (own, self, given) => {
      delete repeated[given[0]];
      return Reflect.apply(own, self, given);
    });
  }
  // Ways that the page takes to another one.
  const asking = (own, self, given) => {
    asked = Date.now();
    return Reflect.apply(own, self, given);
  };
  for (const name of ['open', 'close']) wrap(win, win, name, asking);
  const { History, HTMLFormElement } = win;
  for (const name of ['back', 'forward', 'go']) wrap(win, History && History.prototype, name, asking);
  for (const name of ['submit', 'requestSubmit']) wrap(win, HTMLFormElement && HTMLFormElement.prototype, name, asking);
  // What says itself when it has come, soon or late: a picture, a base of data, a task with a delay of its own.
  const { Scheduler, IDBFactory, HTMLImageElement } = win;
  wrap(win, Scheduler && Scheduler.prototype, 'postTask', asking);
  wrap(win, IDBFactory && IDBFactory.prototype, 'open', asking);
  wrap(win, HTMLImageElement && HTMLImageElement.prototype, 'decode', asking);
  const making = (note) => (own, given, made) => {
    note();
    return Reflect.construct(own, given, made);
  };
  for (const name of ['Image', 'Audio']) wrap(win, win, name, null, making(() => (asked = Date.now())));
  // What may say something at any time: of a page that has one of these nobody knows that it has put nothing off.
  for (const name of ['Worker', 'SharedWorker', 'MessageChannel', 'WebSocket', 'EventSource']) wrap(win, win, name, null, making(() => (unsure = true)));
  // Until what is queued now, and what that queues, has run.
  const noteTurn = () => {
    const n = ++count;
    waiting[n] = Date.now();
    timers.later(() => timers.later(() => delete waiting[n], 0), 0);
  };
  // What a link or a form does of itself, unless the page keeps it from that. A script in a link runs a moment later.
  const leads = (e) => {
    if (e.defaultPrevented) return;
    const link = e.type === 'submit' ? null : e.composedPath().find((n) => n.localName === 'a' || n.localName === 'area');
    const to = link && link.getAttribute('href');
    if (/^\s*javascript:/i.test(to)) noteTurn();
    else if (e.type === 'submit' || (to && !/^\s*#/.test(to))) asked = Date.now();
  };
  const timers = {
    // Anew at every look: a document that is written anew loses its listeners.
    hear: () => ['click', 'submit'].forEach((kind) => win.addEventListener(kind, leads)),
    // The page's own way to put something off, unnoted.
    later: (what, delay) => Reflect.apply(setTimeout, win, [what, delay]),
    asks: () => Date.now() - asked <= ASKED,
    // Whether anything is to happen within so many milliseconds, where the last act is so long ago.
    soon: (within, sinceAct) => {
      const now = Date.now();
      if (unsure) return true;
      for (const n in waiting) if (waiting[n] <= now + within) return true;
      for (const id in repeated) if (repeated[id] <= within) return true;
      return now - asked <= Math.min(sinceAct, ASKED) || win.document.getAnimations().some((a) => a.playState === 'running');
    },
  };
  Object.defineProperty(win, '__shokiTimers', { value: timers });
  timers.hear();
  return timers;
}
