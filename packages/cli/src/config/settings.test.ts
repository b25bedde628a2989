import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { settingsFileText } from "./file-text.ts";
import { nearest } from "./nearest.ts";
import type { Nodes } from "./node.ts";
import { settingsPageText } from "./page-text.ts";
import { REACHABLE, readGiven, readSettings, type Sources } from "./settings.ts";
import { type Settings, TABLE } from "./table.ts";

const folder = mkdtempSync(join(tmpdir(), "writ-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "writ.yaml");

function read(text: string, more: Partial<Sources> = {}): Settings {
  writeFileSync(file, text);
  return readSettings({ file, flags: {}, environment: {}, ...more });
}

/** What is told, without the path of the file. */
function told(text: string, more: Partial<Sources> = {}): string[] {
  try {
    read(text, more);
  } catch (error) {
    assert.ok(
      error instanceof Error && "code" in error && error.code === "OPERATOR",
      String(error),
    );
    return error.message.split("\n").map((line) => line.trim().replace(file, "F"));
  }
  return [];
}

const WHOLE = `
policy: rules
data: /srv/writ
listen: "[::1]:9000"
tls: { cert: a.pem, key: b.pem }
validators:
  tone: { url: "http://127.0.0.1:1/x", timeout_ms: 20000, authorization_env: TONE }
adapters:
  pay.now: { kind: http, url: "https://pay.example/", deadline_ms: 30000 }
execute: { send_payment: pay.now }
limits: { in_flight: 7, close_ms: 61000 }
metrics: { listen: localhost:0 }
log: { level: warn, reasons: stderr }
`;

test("every key is read, paths from the file's folder", () => {
  const settings = read(WHOLE);
  assert.equal(settings.policy, join(folder, "rules"));
  assert.equal(settings.data, "/srv/writ");
  assert.equal(settings.guard, null);
  assert.deepEqual(settings.listen, { host: "::1", port: 9000 });
  assert.deepEqual(settings.audit_listen, { host: "127.0.0.1", port: 8421 });
  assert.equal(settings.tls.key, join(folder, "b.pem"));
  assert.equal(settings.validators.get("tone")?.authorization_env, "TONE");
  assert.deepEqual(settings.adapters.get("pay.now"), {
    kind: "http",
    url: "https://pay.example/",
    deadline_ms: 30_000,
    max_result_bytes: 1_048_576,
    authorization_env: null,
    authorization_file: null,
  });
  assert.deepEqual([...settings.execute], [["send_payment", "pay.now"]]);
  assert.equal(settings.limits.in_flight, 7);
  assert.deepEqual(settings.log, { level: "warn", reasons: "stderr" });
});

test("flags win over variables, variables over the file, for every key they can give", () => {
  const environment = { WRIT_LIMITS_IN_FLIGHT: "8", WRIT_LOG_LEVEL: "error", WRIT_GUARD: "" };
  const flags = { "log-level": "debug", policy: "other" };
  const settings = read(WHOLE, { environment, flags });
  assert.equal(settings.limits.in_flight, 8);
  assert.equal(settings.log.level, "debug");
  assert.equal(settings.policy, join(process.cwd(), "other"));
  assert.equal(settings.guard, null);
  for (const { path, flag, variable, scalar } of REACHABLE) {
    const value = scalar.kind.ofText(scalar.example, "/");
    assert.notEqual(value, undefined, path);
    assert.match(variable, /^WRIT_[A-Z_]+$/);
    assert.match(flag, /^[a-z]+(-[a-z]+)*$/);
  }
  const names = REACHABLE.map(({ variable }) => variable);
  assert.equal(new Set(names).size, names.length);
});

test("all that is wrong is told at once, where it stands", () => {
  const text = `polcy: x
listen: 99
validators:
  tone: { url: ftp://x, timeout_ms: 0, autorization_env: A }
  Tone: {}
metrics: { listen: 0.0.0.0:9464 }
log: { level: loud }
nothing_like_it: 1
`;
  const environment = { WRIT_AUDIT_LISTEN: "nowhere" };
  assert.deepEqual(told(text, { environment, flags: { "limits-in-flight": "0" } }), [
    "the settings do not hold:",
    "WRIT_AUDIT_LISTEN nowhere: give HOST:PORT",
    "--limits-in-flight 0: give a whole number, 1 to 65536",
    'F:1:1: there is no key "polcy": did you mean policy?',
    "F:2:9: let listen be HOST:PORT",
    "F:4:16: let validators.tone.url be an http or https URL without a credential (use authorization_env)",
    "F:4:37: let validators.tone.timeout_ms be a whole number, 1 to 30000",
    'F:4:40: validators.tone has no key "autorization_env": did you mean authorization_env?',
    'F:5:3: rename "Tone": a name in validators is at most 64 of a-z, 0-9 and _, beginning with a letter',
    "F:6:20: let metrics.listen be HOST:PORT on this machine alone (127.0.0.1, [::1], localhost)",
    "F:7:15: let log.level be one of debug, info, warn, error, silent",
    'F:8:1: there is no key "nothing_like_it": remove it; known are policy, data, guard, listen, audit_listen, tls, validators, adapters, execute, mcp, authzen, limits, governance, metrics, log',
  ]);
});

const ALICE = "alice+50a0e9d3+AWzbLJD5JWGE7kXxyyvXVhR0Yqzv0hFWqkQxG0A0oX1B";
const TOGETHER: readonly (readonly [string, string, RegExp])[] = [
  ["a certificate without its key", "tls: { cert: a }", /^F:1:14: tls.cert needs tls.key/],
  ["a key without its certificate", "tls: { key: a }", /^F:1:13: tls.key needs tls.cert/],
  ["clients' certificates over plain HTTP", "tls: { client_ca: a }", /^F:1:19: .* needs tls.cert/],
  ["an adapter that is not there", "execute: { pay: x }", /^F:1:17: there is no adapter x/],
  [
    "a decision point without a category",
    "authzen: { url: 'https://pdp.example' }",
    /^F:1:17: authzen.url needs authzen.category/,
  ],
  ["a name that is not public", "authzen: { url: 'http://pdp.example' }", /an https URL without/],
  ["a name with a path", "authzen: { url: 'https://pdp.example/x' }", /an https URL without/],
  ["a quorum beyond the keys", "governance: { quorum: 1 }", /^F:1:23: 1 of 0 keys can never sign/],
  ["a verifier key that is none", `governance: { keys: ["${ALICE}"] }`, /governance.keys: /],
  [
    "a stop that cuts attempts off",
    "limits: { close_ms: 10999 }",
    /^F:1:21: an attempt can take 11000 ms/,
  ],
  [
    "two credentials",
    "adapters: { a: { kind: http, url: 'http://x', authorization_env: A, authorization_file: b } }",
    /not both/,
  ],
  ["no settings at all", "", /the file is empty/],
  ["a list", "[]", /the file is a mapping/],
  ["an adapter without its kind", "adapters: { a: { url: 'http://x' } }", /a needs the key kind/],
];

for (const [what, text, line] of TOGETHER) {
  test(`refused: ${what}`, () => {
    const lines = told(text);
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.match(lines[0] ?? "", line);
  });
}

interface Example {
  /** Of its key, with dots; below a name of the operator's own, without that. */
  readonly path: string;
  /** As it stands in the file, commented out. */
  readonly line: string;
}

/** Every example in the file that `writ init` writes, as the table has it. */
function examplesOf(nodes: Nodes, above: string, indent: string): readonly Example[] {
  return Object.entries(nodes).flatMap(([key, node]): readonly Example[] => {
    const path = above + key;
    const within = (line: string): Example => ({ path, line: `${indent}  # ${line}` });
    switch (node.node) {
      case "scalar":
        return [{ path, line: `${indent}# ${key}: ${node.example}` }];
      case "group":
        return examplesOf(node.keys, `${path}.`, `${indent}  `);
      case "named":
        return [within(`${node.example}:`), ...keysBelow(node.keys, path, `${indent}  #   `)];
      case "pairs":
        return [within(node.example)];
      default:
        return [within(`- ${node.example}`)];
    }
  });
}

function keysBelow(nodes: Nodes, above: string, indent: string): readonly Example[] {
  return Object.entries(nodes).map(([key, node]) => {
    if (node.node === "group") throw new Error(`${above}.${key} has no example`);
    const text = node.node === "list" ? `[${node.example}]` : node.example;
    return { path: `${above}.${key}`, line: `${indent}${key}: ${text}` };
  });
}

/** Of two that exclude each other, those that are left out. */
const LEFT_OUT: Readonly<Record<string, RegExp>> = {
  "with credentials in variables, and a server to be called":
    /authorization_file|servers\.(command|args|cwd|env)$/,
  "with credentials in files, and a server to be started":
    /authorization_env|servers\.(url|authorization_file)$/,
};

for (const [how, leftOut] of Object.entries(LEFT_OUT)) {
  test(`the file that writ init writes holds with every example in it, ${how}`, () => {
    const filled = { policy: "policy", data: "data" };
    const examples = examplesOf(TABLE, "", "").filter(({ path }) => !(path in filled));
    const lines = settingsFileText(filled).split("\n");
    for (const { path, line } of examples) assert.ok(lines.includes(line), path);
    const kept = examples.filter(({ path }) => !leftOut.test(path)).map(({ line }) => line);
    const text = lines.map((line) => (kept.includes(line) ? line.replace("# ", "") : line));
    const settings = read(text.join("\n"));
    assert.equal(settings.policy, join(folder, "policy"));
    for (const { path, scalar } of REACHABLE.filter((each) => !leftOut.test(each.path))) {
      const value = path
        .split(".")
        .reduce<unknown>((at, key) => Reflect.get(Object(at), key), settings);
      const given = filled[path as keyof typeof filled] ?? scalar.example;
      assert.deepEqual(value, scalar.kind.ofText(given, folder), path);
    }
    for (const [name, node] of Object.entries({ ...TABLE, servers: TABLE.mcp.keys.servers })) {
      if (node.node !== "named") continue;
      const found = name === "servers" ? settings.mcp.servers : Reflect.get(settings, name);
      assert.deepEqual([...found.keys()], [node.example]);
    }
    assert.equal(settings.execute.size, 1);
    assert.equal(settings.governance.keys.length, 1);
  });
}

test("as writ init writes it, the file says where policy and data are, and nothing else", () => {
  const settings = read(settingsFileText({ policy: "policy", data: "data" }));
  assert.deepEqual(settings, read("policy: policy\ndata: data\n"));
});

test("docs/configuration.md is what the table of keys says", () => {
  const page = join(import.meta.dirname, "../../../../docs/configuration.md");
  assert.equal(
    readFileSync(page, "utf8"),
    settingsPageText(),
    "run node scripts/configuration.mjs",
  );
});

test("the nearest word is near", () => {
  const known = ["listen", "limits", "log"];
  assert.equal(nearest("lisen", known), "listen");
  assert.equal(nearest("litsen", known), "listen");
  assert.equal(nearest("Limits", known), "limits");
  assert.equal(nearest("adapters", known), undefined);
});

test("what somebody gave is told from what is standard, though it be the same", () => {
  writeFileSync(file, "listen: 127.0.0.1:8420\nlog: { level: info }\n");
  const { settings, given } = readGiven({
    file,
    flags: { "metrics-listen": "127.0.0.1:0" },
    environment: { WRIT_LIMITS_IN_FLIGHT: "9" },
  });
  assert.deepEqual([...given].toSorted(), [
    "limits.in_flight",
    "listen",
    "log",
    "log.level",
    "metrics.listen",
  ]);
  assert.equal(settings.audit_listen.port, 8421);
});
