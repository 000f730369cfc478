// Asks a real yaml-language-server (over its standard input and output, as editors do) what it thinks of YAML files.
//
//   node editor.mjs SERVER OFFICE      exit 0 when it finds nothing in good files and every planted mistake in broken ones
import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [server, office] = process.argv.slice(2);
const child = spawn(process.execPath, [server, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
const waiting = new Map();
const diagnosed = new Map();
let number = 0;
let rest = Buffer.alloc(0);

function send(message) {
  const body = JSON.stringify({ jsonrpc: "2.0", ...message });
  child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function ask(method, params) {
  return new Promise((resolve) => {
    number += 1;
    waiting.set(number, resolve);
    send({ id: number, method, params });
  });
}

function heard(message) {
  if (message.method === "textDocument/publishDiagnostics") {
    diagnosed.get(message.params.uri)?.(message.params.diagnostics);
  } else if (message.id !== undefined && message.method) {
    const settings = { validate: true, hover: true, completion: true, schemaStore: { enable: false } };
    const empty = message.method === "workspace/configuration" ? message.params.items.map((i) => (i.section === "yaml" ? settings : {})) : null;
    send({ id: message.id, result: empty });
  } else {
    waiting.get(message.id)?.(message.result);
  }
}

child.stdout.on("data", (data) => {
  rest = Buffer.concat([rest, data]);
  for (;;) {
    const head = rest.indexOf("\r\n\r\n");
    const length = head < 0 ? NaN : Number(/Content-Length: (\d+)/.exec(rest.subarray(0, head))?.[1]);
    if (!(rest.length >= head + 4 + length)) return;
    const body = rest.subarray(head + 4, head + 4 + length);
    rest = rest.subarray(head + 4 + length);
    heard(JSON.parse(body));
  }
});

// What the server says of a text as if it stood in that file.
function opened(file, text) {
  number += 1;
  const uri = pathToFileURL(file.replace(/\.yaml$/, `.${number}.yaml`)).href;
  const said = new Promise((resolve) => diagnosed.set(uri, resolve));
  send({ method: "textDocument/didOpen", params: { textDocument: { uri, languageId: "yaml", version: 1, text } } });
  return said.then((found) => ({ uri, found }));
}

let failed = 0;
function expect(what, good, detail) {
  console.log(`${good ? "ok  " : "NOT "} ${what}`);
  if (!good) {
    failed += 1;
    console.log(detail);
  }
}

await ask("initialize", { processId: process.pid, rootUri: pathToFileURL(office).href, capabilities: { workspace: { configuration: true }, textDocument: { completion: { completionItem: { documentationFormat: ["markdown"] } }, hover: { contentFormat: ["markdown"] } } } });
send({ method: "initialized", params: {} });
send({ method: "workspace/didChangeConfiguration", params: { settings: { yaml: { validate: true, hover: true, completion: true, schemaStore: { enable: false } } } } });

for (const folder of ["scenarios", "forms", "parts"]) {
  for (const name of readdirSync(join(office, folder)).filter((n) => n.endsWith(".yaml")).sort()) {
    const file = join(office, folder, name);
    const { found } = await opened(file, readFileSync(file, "utf8"));
    expect(`${folder}/${name}: nothing to say`, found.length === 0, found);
  }
}

// Planted mistakes: what is replaced, by what; the mistake is said on the line of the first, in words or with a Japanese schema.
const file = join(office, "scenarios", "名簿.yaml");
const good = readFileSync(file, "utf8");
const mistakes = [
  ["owner:", "ownr:"],
  ["do: csv.read", "do: csv.reed"],
  ["encoding: cp932", "encoding: sjis2"],
  ["retention: 5y", "retention: 6y"],
  ["columns: [番号, 氏名]", "columms: [番号, 氏名]"],
  ["steps:", "step:"],
];
for (const [right, wrong] of mistakes) {
  const line = good.slice(0, good.indexOf(right)).split("\n").length - 1;
  const { found } = await opened(file, good.replace(right, wrong));
  const here = found.some((d) => d.range.start.line <= line && line <= d.range.end.line);
  const there = found.some((d) => d.range.start.line === 0 || d.message.includes("owner") || d.message.includes("steps"));
  expect(`${wrong}: found`, found.length > 0 && (here || there), found);
}

// What a person sees while writing: the meaning of a key, the actions to choose from.
const { uri } = await opened(file, good);
const at = (word) => {
  const before = good.slice(0, good.indexOf(word) + 1).split("\n");
  return { line: before.length - 1, character: before.at(-1).length };
};
const hover = await ask("textDocument/hover", { textDocument: { uri }, position: at("retention:") });
expect("the meaning of retention", JSON.stringify(hover ?? "").includes("保存年限"), hover);
const blank = good.replace("do: value.set", "do: ");
const typed = await opened(file, blank);
const place = blank.slice(0, blank.indexOf("do: \n") + 4).split("\n");
const offered = await ask("textDocument/completion", { textDocument: { uri: typed.uri }, position: { line: place.length - 1, character: place.at(-1).length } });
const labels = (offered?.items ?? []).map((i) => i.label);
expect("the actions are offered", ["browser.submit", "excel.write", "value.set"].every((a) => labels.includes(a)), labels.slice(0, 20));

child.kill();
process.exit(failed === 0 ? 0 : 1);
