import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { OperatorError } from "./operator-error.ts";
import { armFolder, loadFolder } from "./policy-folder.ts";
import { airline, temporaryFolder } from "./spawn-writ.test-support.ts";

const HEAD = `writ: 1
name: words
categories:
  say:
    action_type: message
    input: { type: object, additionalProperties: false, required: [text], properties: { text: { type: string } } }
`;
const RULES = `constraints:
  - name: words
    evaluators:
      - { name: secret, categories: [say], when: input.text == "secret", then: BLOCK, reason: SECRET }
`;
const CANARIES = `canaries:
  say:
    block: [{ text: secret }]
    execute: [{ text: hello }]
`;

function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

test("a bundle is the files that lie directly in the folder, whatever they are called", async () => {
  const whole = await loadFolder(folderOf({ "words.yaml": HEAD + RULES + CANARIES }));
  const parts = folderOf({
    "z.yml": HEAD,
    "a.yaml": CANARIES,
    "m.json": JSON.stringify({
      constraints: [
        {
          name: "words",
          evaluators: [
            {
              name: "secret",
              categories: ["say"],
              when: 'input.text == "secret"',
              // biome-ignore lint/suspicious/noThenProperty: the bundle's own word
              then: "BLOCK",
              reason: "SECRET",
            },
          ],
        },
      ],
    }),
    "README.md": "not: a bundle",
    "notes.yaml.txt": "{",
    "bundle.yaml~": "{",
  });
  mkdirSync(join(parts, "below"));
  writeFileSync(join(parts, "below", "more.yaml"), "{");
  assert.equal((await loadFolder(parts)).digest, whole.digest);
});

test("the sample policy arms", async () => {
  assert.match((await armFolder(airline)).version, /^3\.\d+\.\d+\+[0-9a-f]{64}$/);
});

const CASES: Readonly<Record<string, readonly [folder: () => string, line: RegExp]>> = {
  "no folder": [
    () => join(temporaryFolder(), "none"),
    /^cannot read the policy: \S+none: there is no such file or folder$/,
  ],
  "a file instead of a folder": [
    () => join(folderOf({ "words.yaml": HEAD }), "words.yaml"),
    /^cannot read the policy: \S+words\.yaml: is a file, not a folder$/,
  ],
  "an empty folder": [() => temporaryFolder(), /^\S+: holds no \.yaml or \.json bundle file$/],
  "a folder of other files": [
    () => folderOf({ "README.md": "", "bundle.yaml.bak": HEAD }),
    /holds no \.yaml or \.json bundle file$/,
  ],
  "a folder with a bundle's name": [
    () => {
      const folder = temporaryFolder();
      mkdirSync(join(folder, "words.yaml"));
      return folder;
    },
    /^cannot read the policy: .*is a folder, not a file$/,
  ],
  "bytes that are not UTF-8": [
    () =>
      folderOf({
        "words.yaml": Buffer.concat([Buffer.from(`${HEAD}${RULES}${CANARIES}# \xe9`, "latin1")]),
      }),
    /words\.yaml: write it in UTF-8$/,
  ],
  "a known-bad input that is let through": [
    () =>
      folderOf({
        "words.yaml": HEAD + RULES + CANARIES.replace("text: secret", "text: harmless"),
      }),
    /^\S+: .*canar/,
  ],
  "no canaries at all": [
    () => folderOf({ "words.yaml": HEAD + RULES }),
    /^the policy does not load:\n {2}\S+words\.yaml:\d+:\d+: /,
  ],
};

for (const [name, [folder, line]] of Object.entries(CASES)) {
  test(`${name}: nothing is armed, and it is said why`, async () => {
    await assert.rejects(
      armFolder(folder()),
      (error) => error instanceof OperatorError && line.test(error.message),
    );
  });
}

test("all faults are said at once, each with its place", async () => {
  const folder = folderOf({
    "a.yaml": HEAD.replace("type: string", "type: word"),
    "b.yaml": RULES.replace("then: BLOCK", "then: REFUSE"),
    "c.yaml": CANARIES,
  });
  await assert.rejects(armFolder(folder), (error) => {
    assert.ok(error instanceof OperatorError);
    const [first, ...faults] = error.message.split("\n");
    assert.equal(first, "the policy does not load:");
    const places = faults.map((fault) => /([abc]\.yaml):\d+:\d+: \S/.exec(fault)?.[1]);
    assert.deepEqual(new Set(places), new Set(["a.yaml", "b.yaml"]));
    return true;
  });
});
