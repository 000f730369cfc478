// 確認: what helps while one types. Words of the office's lists and towns of the postal code stand beside the candidates; a
// number that is hidden is shown as long as a key is held.
"use strict";
{
  const root = document.getElementById("case");
  const form = document.getElementById("form");
  const base = `/checks/${root.dataset.id}`;
  const PAUSE_MS = 150; // after the last key

  const post = async (path, body) => {
    const answer = await fetch(base + path, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
      redirect: "error",
    });
    return answer.ok ? answer.json() : null;
  };

  // --- words ---------------------------------------------------------------------------------------------------------
  const helped = (field) => field && ("listed" in field.dataset || "postal" in field.dataset);
  const inputOf = (field) => field.querySelector("input.value");
  const codeOf = (field) => {
    const other = [...form.querySelectorAll(".field")].find((f) => f.dataset.name === field.dataset.postal);
    return other ? inputOf(other).value : "";
  };

  const draw = (field, words, towns) => {
    const list = field.querySelector(".words");
    const before = field.querySelectorAll(".picks:not(.words) .pick").length;
    const line = (text, at, more) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "pick" });
      button.dataset.text = text;
      if (more) button.dataset.more = "";
      const key = document.createElement("kbd");
      key.textContent = `Alt+${before + at + 1}`;
      if (before + at < 9) button.append(key, " ");
      button.append(text);
      const item = document.createElement("li");
      item.append(button);
      return item;
    };
    const all = [...towns.map((text) => [text, true]), ...words.map((text) => [text, false])];
    list.replaceChildren(...all.map(([text, more], at) => line(text, at, more)));
    list.hidden = all.length === 0;
  };

  let last = 0;
  const ask = async (field) => {
    const input = inputOf(field);
    const mine = ++last;
    const body = { field: field.dataset.name, text: input.value, code: codeOf(field) };
    const said = await post("/words", body).catch(() => null);
    if (!said || mine !== last || input.value !== body.text) return;
    draw(field, said.words, said.towns);
    if (said.fill && input.value === "" && field.classList.contains("now")) {
      input.value = said.fill;
      input.setSelectionRange(said.fill.length, said.fill.length);
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };

  let timer = 0;
  const soon = (field, wait) => {
    clearTimeout(timer);
    if (helped(field)) timer = setTimeout(() => ask(field), wait);
  };
  form.addEventListener("focusin", (e) => e.target.matches("input.value") && soon(e.target.closest(".field"), 0));
  form.addEventListener("input", (e) => !e.isComposing && soon(e.target.closest(".field"), PAUSE_MS));
  form.addEventListener("compositionend", (e) => soon(e.target.closest(".field"), PAUSE_MS));

  // --- numbers -------------------------------------------------------------------------------------------------------
  let shown = null;
  let held = 0;
  const hide = () => {
    held += 1;
    if (shown) shown.textContent = "";
    shown = null;
  };
  const peek = async (field) => {
    const place = field?.querySelector(".peeked");
    if (!place || shown) return;
    hide();
    const mine = held;
    shown = place;
    const said = await post("/number", { field: field.dataset.name, turn: Number(root.dataset.turn) }).catch(() => null);
    if (mine === held) place.textContent = said ? said.text || "（読取値なし）" : "表示できません。";
  };
  for (const button of form.querySelectorAll(".peek")) {
    button.addEventListener("pointerdown", () => peek(button.closest(".field")));
    for (const kind of ["pointerup", "pointerleave", "pointercancel", "blur"]) button.addEventListener(kind, hide);
  }
  document.addEventListener("keydown", (e) => {
    if (e.isComposing || e.key !== "F6") return;
    e.preventDefault();
    if (!e.repeat) peek(form.querySelector(".field.now"));
  });
  document.addEventListener("keyup", (e) => e.key === "F6" && hide());
  addEventListener("blur", hide);
  document.addEventListener("visibilitychange", hide);
  const first = form.querySelector(".field.now");
  if (helped(first)) soon(first, 0);
}
