// In which words a text stands on the screen, and numbers that are told in a sentence.

// ---- the lines in which a text stands
// So much of a line on each side of a text tells it from another.
const NEAR = 200;
// What is to be done 「登録しましたら」, and what was done 「前回」, says nothing of the act that is waited for.
const isOther = (before, want, after) =>
  (/た$/.test(want) && /^ら/.test(after)) || (/前回[^。]*$/.test(before) && !/前回/.test(want));
// A word before that makes another of it, 「仮登録しました」, 「一時保存しました」, and what follows that asks, or takes it back:
// 「登録しましたか」, 「登録しましたが、」, 「登録できませんでした」.
const OTHER_BEFORE = /(?:[仮未再不非]|仮に|途中まで|一部(?:を|だけ|のみ)?|一時(?:的に)?|自動(?:的に|で)?|下書き(?:を|に|として)?)$/;
const MARKED_BEFORE = /[([【〔][仮未再不非][)\]】〕]$/;
const OTHER_AFTER = /^(?:[?]|エラー|失敗|不可|不能|[はがもを]?(?:でき|出来|され|し(?:て(?:い|おり))?)?(?:ませ[んぬ]|な[いかく])|(?:でき|せ)ず)/;
const AFTER_PAST = /^(?:か(?!ら)|が|けれど|けど|場合|際[はに、]|とき[はに、])/;
// Whether white space stood in a line before its character of that number, white space not counted: 「山田愛未 登録しました」.
function standsApart(raw, at) {
  let n = 0;
  for (const part of raw.normalize('NFKC').replace(/\u200b/g, '').split(/\s+/)) {
    if (n === at) return true;
    n += part.length;
    if (n > at) return false;
  }
  return true;
}
// The text with what makes something else of it; nothing where it is itself.
function otherWords(want, [before, first, from], [after, last, to]) {
  const [lead] = MARKED_BEFORE.exec(before) || (!standsApart(first, from) && OTHER_BEFORE.exec(before)) || [''];
  const follows = OTHER_AFTER.exec(after) || (/(?:た|です|ます)$/.test(want) && AFTER_PAST.exec(after));
  const [trail] = (follows && !standsApart(last, to) && follows) || [''];
  return lead || trail ? lead + want + trail : '';
}
// 0 for the text alone, as messages are, whatever marks stand around it.
function signOf(line, want) {
  if (!line.split(want).join('').replace(/[\p{P}\p{S}]/gu, '')) return 0;
  let sign = 1;
  for (let i = 0; i < line.length; i++) sign = (sign * 31 + line.charCodeAt(i)) | 0;
  return sign || 1;
}
// A sign of the line for each time that the text stands there; it may go over several lines. Of the text that says that something is
// done, only where it says so; what stands in its place goes to `others`.
function signsOf(raw, want, others) {
  const lines = raw.map(key);
  const all = lines.join('');
  const found = [];
  let [n, start] = [0, 0];
  for (let at = all.indexOf(want); at >= 0; at = all.indexOf(want, at + want.length)) {
    for (; start + lines[n].length <= at; n++) start += lines[n].length;
    let [line, last, base] = [lines[n], n, 0];
    while (start + line.length < at + want.length) {
      base = line.length;
      line += lines[++last];
    }
    const [from, to] = [at - start, at - start + want.length];
    const [before, after] = [line.slice(Math.max(0, from - NEAR), from), line.slice(to, to + NEAR)];
    const other = others ? otherWords(want, [before, raw[n], from], [after, raw[last], to - base]) : '';
    if (other) others.push(other);
    else if (!isOther(before, want, after)) found.push(signOf(before + want + after, want));
  }
  return found;
}
function surveyLines() {
  survey();
  places.forEach((place, n) => {
    const frame = reply.frames[n];
    const isSaid = frame.hits.some((hits) => hits > 0);
    const lines = isSaid ? screenText(place).split(/[\n\t]/).filter(key) : [];
    frame.others = [];
    frame.lines = (arg.texts || []).map((t, k) => (frame.hits[k] ? signsOf(lines, key(t), arg.done === k ? frame.others : null) : []));
  });
}
// What a page says: without what is struck out, and without the readings over its characters.
function saidOn({ win, doc }, body) {
  if (!doc.querySelector('del, s, strike, rt, rp')) return text(body);
  const sheet = new win.CSSStyleSheet();
  sheet.replaceSync('rt, rp { display: none !important } :is(del, s, strike), :is(del, s, strike) * { visibility: hidden !important }');
  const own = [...doc.adoptedStyleSheets];
  try {
    doc.adoptedStyleSheets = [...own, sheet];
    return text(body);
  } finally {
    doc.adoptedStyleSheets = own;
  }
}

// ---- numbers in sentences
// 「受付番号は R08-1 です」, 「(受付番号 R08-1)」. 「受付番号は 7 桁」 is none.
const TOLD =
  /^(?:\s*(?:は|が|:|=)\s*[([【「]?|\s*[([【「]|\s)\s*([0-9A-Za-z](?:[-0-9A-Za-z_/.]*[0-9A-Za-z])?)\s*(?=\.?$|[)\]】」。、]|[でとにを])/;
const isNumber = (s) => /^[0-9A-Za-z][-0-9A-Za-z_/.]*$/.test(s || '') && /\d/.test(s);
// What is told under a name in these lines, or stands alone below it.
function toldUnder(name, lines) {
  const found = [];
  lines.forEach((line, n) => {
    const at = line.indexOf(name);
    // 「仮受付番号」 is another.
    if (at < 0 || /[\p{L}\p{N}]$/u.test(line.slice(0, at))) return;
    const [, number] = TOLD.exec(line.slice(at + name.length)) || [];
    if (isNumber(number)) found.push(number);
    const isAlone = label(line) === label(name) && isNumber(lines[n + 1]) && !isNumber(lines[n + 2]);
    if (!isNumber(number) && isAlone) found.push(lines[n + 1]);
  });
  return found;
}
function numbers() {
  const plain = (s) => s.normalize('NFKC').trim();
  for (const place of places) {
    const lines = screenText(place).split('\n').map(plain).filter(Boolean);
    reply.items.push(...toldUnder(plain(arg.label), lines));
  }
}
