import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeBase64 } from "./base64.ts";
import { signCheckpoint } from "./checkpoint.ts";
import { leafHash } from "./hash.ts";
import { cosignerOf, signerOf } from "./note-key.ts";
import { fillPage, openPage, proofPage } from "./proof-page.ts";
import { formatPageData, type PageData, PageRefused, parsePageData } from "./proof-page-data.ts";
import { formatTlogProof, parseTlogProof } from "./tlog-proof.ts";

const log = signerOf("log.example", new Uint8Array(32).fill(1));
const witness = cosignerOf("witness.example", new Uint8Array(32).fill(2), 7);
const other = signerOf("other.example", new Uint8Array(32).fill(3));
const event = new TextEncoder().encode('{"text":"</script><!-- é"}');
const template = "<p>\n<!-- What is proved stands in the next line. -->\n<script>\n";

function data(signers = [log, witness, other]): PageData {
  const head = { origin: "log.example", size: 1, root: leafHash(event), extensions: [] };
  const checkpoint = signCheckpoint(head, signers);
  return {
    event,
    proof: formatTlogProof({ extra: null, index: 0, proof: [], checkpoint }),
    logKeys: [log.verifierKey],
    witnessKeys: [witness.verifierKey],
  };
}

test("data come back as they were, and hold nothing that is markup", () => {
  const whole = { ...data(), logKeys: ["<b>", "\u2028"] };
  const text = formatPageData(whole);
  assert.deepEqual(parsePageData(text), whole);
  assert.ok(!text.includes("<"));
});

test("a page is its template and one line", () => {
  const page = fillPage(template, data());
  assert.deepEqual(openPage(page), { data: data(), template });
  assert.equal(page.split("\n").length, template.split("\n").length + 1);
  for (const wrong of [page, "", template.replace("proved", "shown")]) {
    assert.throws(() => fillPage(wrong, data()), PageRefused);
  }
  for (const wrong of [template, page.replace("writ-proof", "other"), page.replace("v1", "v2")]) {
    assert.throws(() => openPage(wrong), PageRefused);
  }
});

test("of signatures and keys those stay that belong together", () => {
  const own = openPage(proofPage(template, data())).data;
  assert.deepEqual(own, data([log, witness]));
  const alone = openPage(proofPage(template, { ...data(), witnessKeys: [] })).data;
  assert.deepEqual(parseTlogProof(alone.proof), parseTlogProof(data([log]).proof));
  const spare = { ...data([log]), logKeys: [log.verifierKey, other.verifierKey] };
  assert.deepEqual(openPage(proofPage(template, spare)).data.logKeys, [log.verifierKey]);
  assert.throws(() => proofPage(template, data([witness])), { code: "PAGE_UNSIGNED" });
});

test("only the one form of the data is read", () => {
  const text = formatPageData(data());
  const spelled = encodeBase64(event);
  for (const wrong of [
    ` ${text}`,
    text.replace(spelled, `${spelled}=`),
    text.replace('"format"', '"Format"'),
    text.replace(/,"witness_keys".*/, "}"),
    text.replace(/}$/, ',"more":1}'),
    text.replace("[", '["x",'),
  ].filter((each) => each !== text)) {
    if (wrong.includes('["x",')) assert.notDeepEqual(parsePageData(wrong), data());
    else assert.throws(() => parsePageData(wrong), PageRefused, wrong);
  }
});
