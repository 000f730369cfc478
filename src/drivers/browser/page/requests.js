// Puts something before a function, or a class, of a page's window; to the page it stays what it is.
function wrap(win, owner, name, apply, construct) {
  const { Object, Proxy } = win;
  const own = owner && Object.getOwnPropertyDescriptor(owner, name);
  if (!own || !own.configurable || typeof own.value !== 'function') return;
  Object.defineProperty(owner, name, { ...own, value: new Proxy(own.value, construct ? { construct } : { apply }) });
}
// What a document asks its server for without leaving: XMLHttpRequest, fetch, a script. This runs before the scripts of a page, and at a look
// where it has not. The page's functions stay what they are to the page; streams, sockets and beacons are none of these requests.
function requestsOf(win) {
  if (win.__shokiRequests) return win.__shokiRequests;
  // Milliseconds: how long after an act a request still belongs to it, and after which time one is a long poll that nobody waits for.
  const [NEAR, LONG] = [2000, 5000];
  const ACTS = ['mousedown', 'mouseup', 'click', 'keydown', 'keyup', 'input', 'change', 'focusout', 'load'];
  const { Reflect, Promise, Object, Date } = win;
  const { then } = Promise.prototype;
  let open = [];
  const act = () => {
    // What is done in one frame, or in a window that closes, another may ask for.
    for (const place of [() => win, () => win.top, () => win.opener, () => win.opener.top]) {
      try {
        place().__shokiRequests.acted = Date.now();
      } catch (e) {
        // It is not there, or belongs to others.
      }
    }
  };
  const sinceAct = () => {
    let last = requests.acted;
    try {
      last = Math.max(last, win.top.__shokiRequests.acted);
    } catch (e) {
      // As above.
    }
    return Date.now() - last;
  };
  const goesOn = (request) => {
    try {
      return Date.now() - request.since < LONG && request.goesOn();
    } catch (e) {
      return false;
    }
  };
  // Only what belongs to an act, or follows from what does, is noted: not what a clock of the page asks for.
  const note = (request) => {
    try {
      const since = sinceAct();
      const belongs = win.document.readyState !== 'complete' || since < NEAR || (since < LONG && open.length > 0);
      open = open.filter(goesOn);
      if (belongs) open.push({ since: Date.now(), goesOn: request });
    } catch (e) {
      // A window that is going.
    }
  };
  const promised = (promise) => {
    let ended = false;
    note(() => !ended);
    const kept = (value) => ((ended = true), value);
    const broken = (error) => {
      ended = true;
      throw error;
    };
    try {
      return Reflect.apply(then, promise, [kept, broken]);
    } catch (e) {
      // A promise of the page's own making. What was asked for is under way, and the page gets it as it is.
      ended = true;
      return promise;
    }
  };
  const requests = {
    acted: Date.now(),
    sinceAct,
    // Anew at every look: a document that is written anew loses its listeners.
    hear: () => ACTS.forEach((kind) => win.addEventListener(kind, act, true)),
    busy: () => {
      open = open.filter(goesOn);
      return open.length > 0;
    },
  };
  Object.defineProperty(win, '__shokiRequests', { value: requests });
  wrap(win, win.XMLHttpRequest && win.XMLHttpRequest.prototype, 'send', (send, xhr, given) => {
    note(() => xhr.readyState > 0 && xhr.readyState < 4);
    return Reflect.apply(send, xhr, given);
  });
  const promising = (own, self, given) => promised(Reflect.apply(own, self, given));
  wrap(win, win, 'fetch', promising);
  // An answer has come when its body has.
  for (const name of ['text', 'json', 'blob', 'arrayBuffer', 'formData']) wrap(win, win.Response && win.Response.prototype, name, promising);
  // A script that is put into the page: so old systems ask for what another server is to answer.
  const heedScripts = (added) => {
    for (let n = 0; n < added.length; n++) {
      const script = added[n];
      if (script.localName !== 'script' || !script.src || !/^(|module|.*(java|ecma)script.*)$/i.test(script.type)) continue;
      let ended = false;
      for (const kind of ['load', 'error']) script.addEventListener(kind, () => (ended = true));
      note(() => !ended);
    }
  };
  const { MutationObserver } = win;
  new MutationObserver((records) => {
    for (let n = 0; n < records.length; n++) heedScripts(records[n].addedNodes);
  }).observe(win.document, { childList: true, subtree: true });
  requests.hear();
  return requests;
}
