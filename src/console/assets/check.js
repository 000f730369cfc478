// 確認: one field after the other by keyboard. What is typed is kept at once; what cannot be kept stays on the screen.
"use strict";
{
  const root = document.getElementById("case");
  const form = document.getElementById("form");
  const all = [...form.querySelectorAll(".field")];
  const end = document.getElementById("end");
  const whole = document.getElementById("whole");
  const box = document.getElementById("box");
  const turn = Number(root.dataset.turn);
  const base = `/checks/${root.dataset.id}`;
  const DRAFT_MS = 500; // after the last key
  const AWAY_MS = 60000; // a pause that is not counted
  const WAIT_MS = 150; // the next field comes after that in any case
  const LINE_MS = 20000; // a line that says nothing for so long is down
  let everything = false; // all fields, or only those a person is asked about
  let at = -1;
  let timer = 0;
  let begun = performance.now();
  let active = begun;
  let spent = 0;
  const unsent = new Map();

  document.body.classList.add("live");

  const $ = (field, key) => document.getElementById(key + field.dataset.at);
  const value = (field) => $(field, "v");
  const again = (field) => $(field, "a");
  const reason = (field) => $(field, "u");
  const isOpen = (field) => "open" in field.dataset;
  // A field that passed belongs to a person as soon as they have typed into it.
  const isTheirs = (field) => "asked" in field.dataset || isOpen(field);
  const listed = () => all.filter((f) => everything || isTheirs(f));
  const atVersion = (field, version) => { field.dataset.version = $(field, "s").value = version; };
  // What is confirmed here was sent by itself; the boxes say how it stood when the page was made.
  for (const field of all) form.elements[`d${field.dataset.at}`].disabled = true;

  // --- what people see -----------------------------------------------------------------------------------------------
  const list = document.createElement("ol");
  list.id = "all";
  list.setAttribute("aria-label", "項目の一覧");
  list.tabIndex = 0; // it scrolls
  form.append(list);

  const line = (field) => {
    const item = document.createElement("li");
    const part = (text, name) => {
      const span = document.createElement("span");
      span.textContent = text;
      if (name) span.className = name;
      item.append(span);
    };
    part("done" in field.dataset || !isOpen(field) ? "✓" : "", "tick");
    part(field.dataset.name);
    const why = reason(field);
    const text = "secret" in field.dataset ? (value(field).value ? "●●●●" : "") : value(field).value;
    part(why.value ? `読めない（${why.selectedOptions[0].text}）` : text);
    if (!("asked" in field.dataset)) item.classList.add("passed");
    if (all[at] === field) item.setAttribute("aria-current", "true");
    item.addEventListener("click", () => show(all.indexOf(field)));
    return item;
  };

  const refresh = () => {
    list.replaceChildren(...listed().map(line));
    const asked = all.filter(isTheirs);
    const left = asked.filter(isOpen).length;
    document.getElementById("left").textContent = `残り ${left} / ${asked.length} 項目`;
    const meter = root.querySelector("meter");
    meter.max = asked.length;
    meter.value = asked.length - left;
    list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
    return left;
  };

  const say = (id, text) => {
    const place = document.getElementById(id);
    const lines = [].concat(text ?? []).filter(Boolean);
    place.replaceChildren(...lines.map((l) => Object.assign(document.createElement("p"), { textContent: l })));
    place.hidden = lines.length === 0;
  };

  const complain = (field, text) => {
    const place = $(field, "c");
    place.textContent = text || "";
    place.hidden = !text;
    value(field).setAttribute("aria-invalid", text ? "true" : "false");
  };

  // --- the page ------------------------------------------------------------------------------------------------------
  let zoomed = false;
  const page = whole && { w: Number(whole.dataset.width), h: Number(whole.dataset.height) };
  const rectOf = (field) => field?.dataset.rect?.split(" ").map(Number);

  const aim = () => {
    if (!whole) return;
    const rect = rectOf(all[at]);
    const [x, y, w, h] = rect || [-9, -9, 1, 1];
    for (const [key, v] of Object.entries({ x: x - 1, y: y - 1, width: w + 2, height: h + 2 })) box.setAttribute(key, v);
    if (!zoomed || !rect) return whole.setAttribute("viewBox", `0 0 ${page.w} ${page.h}`);
    const width = Math.max(70, w * 1.3);
    const height = (width * whole.clientHeight) / whole.clientWidth;
    whole.setAttribute("viewBox", `${x + w / 2 - width / 2} ${y + h / 2 - height / 2} ${width} ${height}`);
  };

  if (whole) {
    let from = null;
    const seen = () => whole.getAttribute("viewBox").split(" ").map(Number);
    whole.addEventListener("pointerdown", (e) => { from = [e.clientX, e.clientY, seen()]; whole.setPointerCapture(e.pointerId); });
    whole.addEventListener("pointerup", () => { from = null; });
    whole.addEventListener("pointermove", (e) => {
      if (!from) return;
      const [x, y, [vx, vy, vw, vh]] = from;
      const scale = Math.max(vw / whole.clientWidth, vh / whole.clientHeight);
      whole.setAttribute("viewBox", `${vx - (e.clientX - x) * scale} ${vy - (e.clientY - y) * scale} ${vw} ${vh}`);
    });
    whole.addEventListener("wheel", (e) => {
      e.preventDefault();
      const [x, y, w, h] = seen();
      const by = e.deltaY > 0 ? 1.2 : 1 / 1.2;
      whole.setAttribute("viewBox", `${x + (w - w * by) / 2} ${y + (h - h * by) / 2} ${w * by} ${h * by}`);
    }, { passive: false });
  }

  const tabs = [...root.querySelectorAll(".tab")];
  const turnTo = (tab) => {
    const own = "own" in tab.dataset;
    const image = whole.querySelector("image");
    image.setAttribute("href", tab.getAttribute("href"));
    image.setAttribute("preserveAspectRatio", own ? "none" : "xMidYMid meet");
    for (const other of tabs) {
      if (other === tab) other.setAttribute("aria-current", "true");
      else other.removeAttribute("aria-current");
    }
    box.setAttribute("visibility", own ? "visible" : "hidden");
    whole.setAttribute("viewBox", `0 0 ${page.w} ${page.h}`);
  };
  for (const tab of tabs) tab.addEventListener("click", (e) => { e.preventDefault(); turnTo(tab); });
  const otherPage = () => {
    if (tabs.length > 1) turnTo(tabs[(tabs.findIndex((tab) => tab.hasAttribute("aria-current")) + 1) % tabs.length]);
    return true;
  };

  // --- from field to field -------------------------------------------------------------------------------------------
  const show = (index) => {
    if (at >= 0) {
      draft(all[at]);
      all[at].classList.remove("now");
    }
    end.classList.remove("now");
    at = index;
    const field = all[at];
    const current = tabs.find((tab) => tab.hasAttribute("aria-current"));
    if (current && !("own" in current.dataset)) turnTo(tabs[0]);
    for (const image of field.querySelectorAll("image[data-href]")) {
      image.setAttribute("href", image.dataset.href);
      delete image.dataset.href;
    }
    field.classList.add("now");
    begun = active = performance.now();
    spent = 0;
    refresh();
    aim();
    const input = value(field);
    input.focus({ preventScroll: true });
    input.select();
  };

  const finishPage = () => {
    if (at >= 0) all[at].classList.remove("now");
    end.classList.add("now");
    refresh();
    document.getElementById("finish").focus({ preventScroll: true });
  };

  const next = () => {
    const after = all.findIndex((f, n) => n > at && isOpen(f));
    const first = all.findIndex(isOpen);
    if (after >= 0) return show(after);
    if (first >= 0) return show(first);
    finishPage();
  };

  const step = (by) => {
    const shown = listed();
    const here = shown.indexOf(all[at]);
    const there = shown[here + by];
    if (there) show(all.indexOf(there));
    else if (by > 0 && refresh() === 0) finishPage();
  };

  // --- what is sent --------------------------------------------------------------------------------------------------
  const tick = () => {
    const now = performance.now();
    if (now - active < AWAY_MS) spent += now - active;
    active = now;
  };

  const post = async (path, body) => {
    const answer = await fetch(base + path, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ turn, ...body }),
      redirect: "error",
      signal: AbortSignal.timeout(LINE_MS),
    });
    if (answer.status === 401) throw new Error("サインインの時間が切れました。入力した内容はこの画面に残っています。");
    const kind = answer.headers.get("Content-Type") || "";
    const said = kind.includes("json") ? await answer.json() : {};
    if (!answer.ok) {
      const error = new Error(said.error || `保存できませんでした（${answer.status}）。入力した内容はこの画面に残っています。`);
      error.refused = [403, 404, 409, 412].includes(answer.status);
      throw error;
    }
    return said;
  };

  // One after the other, so that versions are those of this window.
  let queue = Promise.resolve();
  const save = (field, done) => {
    tick();
    const ms = Math.round(spent);
    spent = 0;
    const body = { field: field.dataset.name, text: value(field).value, unreadable: reason(field).value, done, ms };
    if (again(field) && done) body.again = again(field).value;
    unsent.set(field, { body, done });
    queue = queue.then(() => flush(field));
    return queue;
  };

  const flush = async (field) => {
    const waiting = unsent.get(field);
    if (!waiting) return null;
    try {
      const said = await post("/field", { ...waiting.body, version: Number(field.dataset.version) });
      if (unsent.get(field) === waiting) unsent.delete(field);
      atVersion(field, said.version);
      complain(field, said.complaint);
      if (said.disagrees) complain(field, `前の職員（${said.disagrees.who}）の入力「${said.disagrees.value}」と一致しません。紙をもう一度見てください。`);
      say("alert", null);
      if (said.told.length) say("notice", said.told);
      say("cross", said.cross);
      return said;
    } catch (error) {
      trouble(error);
      return { error };
    }
  };

  const trouble = (error) => {
    const network = error instanceof TypeError || error.name === "TimeoutError";
    say("alert", network ? "サーバーに届きません。入力した内容はこの画面に残っています。つながると自動で保存します。" : error.message);
    if (error.refused) return;
    const place = document.getElementById("alert");
    if (!network) {
      const link = Object.assign(document.createElement("a"), { href: "/sign-in", target: "_blank", textContent: "別の画面でサインインする" });
      place.append(link, "。そのあと、この画面に戻ると自動で保存します。");
    }
    clearTimeout(trouble.timer);
    trouble.timer = setTimeout(retry, 5000);
  };

  // What was confirmed while nothing could be sent is confirmed as soon as it has been sent.
  const resend = async (field) => {
    const confirmed = unsent.get(field)?.done;
    const said = await flush(field);
    if (!confirmed || !said || said.error || said.complaint || said.disagrees) return;
    if (field.dataset.dirty || unsent.has(field)) return;
    field.dataset.done = "";
    delete field.dataset.open;
    if (all[at] === field) next();
    else refresh();
  };

  const retry = () => {
    for (const field of unsent.keys()) queue = queue.then(() => resend(field));
  };
  addEventListener("focus", () => unsent.size && retry());
  addEventListener("online", retry);

  const draft = (field) => {
    clearTimeout(timer);
    if (field?.dataset.dirty) {
      delete field.dataset.dirty;
      save(field, false);
    }
  };

  let undoing = 0;
  const confirm = async (field) => {
    if (undoing) return; // what goes back is confirmed again only by somebody who has seen it
    const second = again(field);
    if (second && document.activeElement !== second && !reason(field).value && !second.value) return second.focus();
    clearTimeout(timer);
    delete field.dataset.dirty;
    const wasOpen = isOpen(field);
    field.dataset.done = "";
    delete field.dataset.open;
    const back = (said) => {
      if (!said || (!said.error && !said.complaint && !said.disagrees)) {
        if (!field.dataset.dirty) delete field.dataset.touched;
        return false;
      }
      if (said.error || said.complaint) {
        delete field.dataset.done;
        if (wasOpen || "asked" in field.dataset) field.dataset.open = "";
        if (second && said.complaint) second.value = "";
      }
      return true;
    };
    const asked = at;
    const forward = () => at === asked && next(); // once, however often Enter was pressed
    const result = save(field, true);
    const first = await Promise.race([result, new Promise((r) => setTimeout(r, WAIT_MS, "late"))]);
    if (first === "late") {
      forward();
      // Nobody is sent back in the middle of a word for a slow line; only for a value that cannot be.
      result.then((said) => { if (back(said)) { refresh(); if (!said.error) show(asked); } });
    } else if (back(first)) {
      if (first.disagrees && !first.complaint && field.dataset.warned === value(field).value) return forward();
      field.dataset.warned = value(field).value;
      refresh();
      value(field).focus();
      value(field).select();
    } else {
      forward();
    }
  };

  const undo = async () => {
    draft(all[at]);
    undoing += 1;
    try {
      await queue;
      const said = await post("/undo", {});
      const field = all.find((f) => f.dataset.name === said.field);
      if (!field) return say("notice", "取り消せる確認はありません。");
      atVersion(field, said.version);
      delete field.dataset.done;
      field.dataset.open = "";
      show(all.indexOf(field));
    } catch (error) {
      trouble(error);
    } finally {
      undoing -= 1;
    }
  };

  // --- keys ----------------------------------------------------------------------------------------------------------
  // While Japanese is being composed every key belongs to the input method: also the Enter that ends it.
  const composing = (e) => e.isComposing || e.keyCode === 229;

  const pick = (field, number) => {
    const button = field.querySelectorAll(".pick")[number - 1];
    if (!button) return false;
    const input = value(field);
    input.value = button.dataset.text;
    reason(field).value = "";
    if ("more" in button.dataset) {
      // The rest of it stands on the paper.
      input.focus();
      input.setSelectionRange(input.value.length, input.value.length);
      input.dispatchEvent(new Event("input", { bubbles: true }));
    } else {
      confirm(field);
    }
    return true;
  };

  const digit = (e, field) => {
    const number = /^(?:Digit|Numpad)([1-9])$/.exec(e.code)?.[1];
    if (!number || e.ctrlKey || e.metaKey || e.shiftKey) return false;
    const input = value(field);
    // A digit that belongs to what is being typed picks nothing, least of all into a field that was just emptied.
    const untouched = !("digits" in field.dataset) && !("touched" in field.dataset) && document.activeElement === input;
    const selected = input.selectionStart === 0 && input.selectionEnd === input.value.length;
    return (e.altKey || (untouched && selected)) && pick(field, Number(number));
  };

  const keys = {
    Enter: (e, field) => { if (field && e.target.matches("input.value, select")) { confirm(field); return true; } return false; },
    ArrowUp: (e) => !e.target.matches("select") && (step(-1), true),
    ArrowDown: (e) => !e.target.matches("select") && (step(1), true),
    F2: (_, field) => field && (reason(field).focus(), true),
    F4: () => { zoomed = !zoomed; aim(); return true; },
    F7: () => otherPage(),
    F8: () => (undo(), true),
    F9: () => {
      everything = !everything;
      document.getElementById("scope").textContent = everything ? "疑わしい項目だけ見る" : "全項目を見る";
      if (at >= 0) refresh();
      return true;
    },
    Escape: (_, field) => {
      if (!field) return false;
      const input = value(field);
      const changed = input.value !== input.defaultValue || reason(field).value;
      input.value = input.defaultValue;
      reason(field).value = "";
      if (changed) input.dispatchEvent(new Event("input", { bubbles: true })); // what was kept meanwhile goes back as well
      delete field.dataset.touched;
      input.focus();
      input.select();
      return true;
    },
  };

  document.addEventListener("keydown", (e) => {
    if (composing(e)) return;
    const field = end.classList.contains("now") ? null : all[at];
    tick();
    if (e.repeat && e.key === "Enter") return e.preventDefault();
    if ((field && digit(e, field)) || (!e.altKey && !e.ctrlKey && !e.metaKey && keys[e.key]?.(e, field))) e.preventDefault();
  });

  form.addEventListener("input", (e) => {
    const field = e.target.closest(".field");
    if (!field) return;
    tick();
    field.dataset.dirty = "1";
    field.dataset.touched = "";
    // Whatever stood there, this has to be confirmed: also where nobody was asked, or another person had confirmed it.
    delete field.dataset.done;
    field.dataset.open = "";
    clearTimeout(timer);
    if (!e.isComposing) timer = setTimeout(() => { draft(field); refresh(); }, DRAFT_MS);
  });
  form.addEventListener("compositionend", (e) => {
    const field = e.target.closest(".field");
    clearTimeout(timer);
    if (field) timer = setTimeout(() => { draft(field); refresh(); }, DRAFT_MS);
  });
  form.addEventListener("click", (e) => {
    const field = e.target.closest(".field");
    const button = e.target.closest(".pick");
    if (button) pick(field, [...field.querySelectorAll(".pick")].indexOf(button) + 1);
    else if (e.target.closest(".confirm")) confirm(field);
  });

  // --- leaving -------------------------------------------------------------------------------------------------------
  // Nobody leaves before the last keys are on record: also those of a word that only the click has ended.
  let going = false;
  const onceKept = (e, go) => {
    if (going) return;
    if (at >= 0) draft(all[at]);
    if (!unsent.size) return;
    const ends = e.target === form;
    e.preventDefault();
    e.stopImmediatePropagation();
    retry();
    queue = queue.then(() => {
      // A case is not finished without what could not be sent; who goes elsewhere is asked by the browser.
      if (unsent.size && ends) return;
      going = true;
      go();
      going = false;
    });
  };
  addEventListener("submit", (e) => {
    const [sent, button] = [e.target, e.submitter];
    onceKept(e, () => sent.requestSubmit(button));
  }, true);
  addEventListener("click", (e) => {
    const link = e.target.closest?.("a[href]");
    if (!link || link.target || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
    onceKept(e, () => location.assign(link.href));
  }, true);
  addEventListener("beforeunload", (e) => {
    if (at >= 0) draft(all[at]);
    if (unsent.size) e.preventDefault();
  });

  setInterval(async () => {
    if (document.hidden || performance.now() - active > 4 * AWAY_MS) return;
    try {
      const said = await post("/stay", {});
      if (said.told.length) say("notice", said.told);
    } catch (error) {
      trouble(error);
    }
  }, 60000);

  const first = all.findIndex(isOpen);
  if (first >= 0) show(first);
  else if (all.length) finishPage();
}
