// In which words a text stands on the screen, and numbers that are told in a sentence.

// ---- the lines in which a text stands
// So much of a line on each side of a text tells it from another.
const NEAR = 200;
// What is to be done 「登録しましたら」, and what was done 「前回」, says nothing of the act that is waited for.
const isOther = (before, want, after) =>
  (/た$/.test(want) && /^ら/.test(after)) || (/前回[^。]*$/.test(before) && !/前回/.test(want));
// 0 for the text alone, as messages are, whatever marks stand around it.
function signOf(line, want) {
  if (!line.split(want).join('').replace(/[\p{P}\p{S}]/gu, '')) return 0;
  let sign = 1;
  for (let i = 0; i < line.length; i++) sign = (sign * 31 + line.charCodeAt(i)) | 0;
  return sign || 1;
}
// A sign of the line for each time that the text stands there; it may go over several lines.
function signsOf(lines, want) {
  const all = lines.join('');
  const found = [];
  let [n, start] = [0, 0];
  for (let at = all.indexOf(want); at >= 0; at = all.indexOf(want, at + want.length)) {
    for (; start + lines[n].length <= at; n++) start += lines[n].length;
    let line = lines[n];
    for (let m = n + 1; start + line.length < at + want.length; m++) line += lines[m];
    const [from, to] = [at - start, at - start + want.length];
    const [before, after] = [line.slice(Math.max(0, from - NEAR), from), line.slice(to, to + NEAR)];
    if (!isOther(before, want, after)) found.push(signOf(before + want + after, want));
  }
  return found;
}
function surveyLines() {
  survey();
  places.forEach((place, n) => {
    const frame = reply.frames[n];
    const isSaid = frame.hits.some((hits) => hits > 0);
    const lines = isSaid ? screenText(place).split(/[\n\t]/).map((s) => key(s)).filter(Boolean) : [];
    frame.lines = (arg.texts || []).map((t, k) => (frame.hits[k] ? signsOf(lines, key(t)) : []));
  });
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
