import assert from "node:assert/strict";
import { test } from "node:test";
import { fillPage, openPage, proofPage } from "@writ/tlog/proof-page";
import { type PageData, PageRefused, parsePageData } from "@writ/tlog/proof-page-data";
import type { Check } from "./check.ts";
import { examine } from "./examine.ts";
import { examineFile } from "./examine-file.ts";
import { examinePage } from "./examine-page.ts";
import {
  bitFlips,
  logSigner,
  otherSigner,
  smallLog,
  trust,
  witnessOne,
  witnessTwo,
} from "./small-log.test-support.ts";
import { readTrust } from "./trust.ts";

const INDEX = 11;
const log = smallLog(21, { signers: [logSigner, witnessOne] });
const data = await pageData();
const template =
  "<main></main>\n<!-- What is proved stands in the next line. -->\n<script></script>\n";

async function pageData(): Promise<PageData> {
  const event = log.events[INDEX] ?? new Uint8Array(0);
  const question = { event, index: INDEX, asked: {}, trust, seen: null };
  const { proof } = await examine({
    ...question,
    checkpoint: log.head(21),
    fetchTile: log.fetchTile,
  });
  return {
    event,
    proof: proof ?? new Uint8Array(0),
    logKeys: [logSigner.verifierKey],
    witnessKeys: [witnessOne.verifierKey],
  };
}

function failures(checks: readonly Check[]): readonly string[] {
  return checks.flatMap(({ check, code }) => (code === null ? [] : [`${check} ${code}`]));
}

test("a page holds with the log's key pasted, and proves nothing with its own", () => {
  assert.equal(examinePage(data, `${logSigner.verifierKey}\n`).verdict, "holds");
  const alone = examinePage(data, " \n");
  assert.equal(alone.verdict, "unasked");
  assert.deepEqual(
    alone.checks.filter(({ answer }) => answer === "unasked").map(({ check }) => check),
    ["key"],
  );
});

test("another key than the page's is said to be, whatever the page says of itself", () => {
  const { verdict, checks } = examinePage(data, otherSigner.verifierKey);
  assert.equal(verdict, "fails");
  assert.deepEqual(failures(checks), ["key KEY_WRONG", "signature KEY_WRONG"]);
  assert.equal(examinePage(data, "no key").verdict, "fails");
});

test("witnesses that are pasted must all have cosigned", () => {
  const pasted = (...keys: readonly string[]): string =>
    [logSigner.verifierKey, ...keys].join("\n");
  assert.equal(examinePage(data, pasted(witnessOne.verifierKey)).verdict, "holds");
  const both = examinePage(data, pasted(witnessOne.verifierKey, witnessTwo.verifierKey));
  assert.deepEqual(failures(both.checks), ["quorum QUORUM_MISSED"]);
});

test("a bit changed in any byte of event, proof or checkpoint is reported", () => {
  for (const member of ["event", "proof"] as const) {
    for (const [at, altered] of bitFlips(data[member])) {
      const changed = { ...data, [member]: altered };
      assert.equal(examinePage(changed, logSigner.verifierKey).verdict, "fails", `${member} ${at}`);
      if (at % 16 !== 0) continue;
      assert.equal(examinePage(changed, "").verdict, "fails", `${member} ${at}, no key`);
    }
  }
});

test("a byte left out or put in anywhere is reported", () => {
  for (const member of ["event", "proof"] as const) {
    const whole = data[member];
    for (let at = 0; at <= whole.length; at += 16) {
      const [before, after] = [[...whole.subarray(0, at)], [...whole.subarray(at)]];
      for (const bytes of [
        [...before, 0x20, ...after],
        [...before, ...after.slice(1)],
      ]) {
        if (bytes.length === whole.length) continue;
        const changed = { ...data, [member]: Uint8Array.from(bytes) };
        assert.equal(examinePage(changed, logSigner.verifierKey).verdict, "fails", `${at}`);
      }
    }
  }
});

test("a proof's further signatures are nobody's business, unless the page is to be closed", () => {
  const question = { event: data.event, asked: {}, proof: data.proof, trust };
  assert.equal(examineFile({ ...question, enclosed: null }).verdict, "holds");
  const closed = examineFile({ ...question, enclosed: [] });
  assert.deepEqual(failures(closed.checks), ["accounted SIGNATURE_FOREIGN"]);
});

test("extra data, which nothing authenticates, is not taken", () => {
  const text = new TextDecoder().decode(data.proof).replace("index ", "extra aGk=\nindex ");
  const { checks } = examinePage({ ...data, proof: new TextEncoder().encode(text) }, "");
  assert.ok(failures(checks).includes("format PROOF_REFUSED"));
});

test("a page is its template and one line, and comes apart into both", () => {
  const page = fillPage(template, data);
  assert.deepEqual(openPage(page), { data, template });
  assert.throws(() => fillPage(page, data), PageRefused);
  assert.throws(() => openPage(template), PageRefused);
});

test("a page keeps the signatures that its keys verify, and no others", () => {
  const made = openPage(proofPage(template, { ...data, witnessKeys: [] })).data;
  assert.equal(examinePage(made, logSigner.verifierKey).verdict, "holds");
  assert.deepEqual(openPage(proofPage(template, data)).data, data);
  const spare = { ...data, witnessKeys: [witnessOne, witnessTwo].map((each) => each.verifierKey) };
  assert.deepEqual(openPage(proofPage(template, spare)).data, data);
  assert.throws(() => proofPage(template, { ...data, logKeys: [] }), PageRefused);
});

test("any character of the data's line that is changed is refused or reported", () => {
  const page = fillPage(template, data);
  const from = page.indexOf('<script type="application/json"');
  const to = page.indexOf("</script>", from);
  const step = process.env.WRIT_LONG === "1" ? 1 : 5;
  for (let at = from; at < to; at += step) {
    for (const character of at % 8 === 0 ? ["A", " ", "<"] : ["A"]) {
      if (page[at] === character) continue;
      const changed = page.slice(0, at) + character + page.slice(at + 1);
      assert.notEqual(verdictOfPage(changed), "holds", `${at} ${character}`);
    }
  }
});

function verdictOfPage(page: string): string {
  try {
    return examinePage(openPage(page).data, logSigner.verifierKey).verdict;
  } catch (error) {
    if (error instanceof PageRefused) return "refused";
    throw error;
  }
}

test("data of another format, order or spelling are refused", () => {
  const text =
    '{"format":"writ-proof-page/v1","event":"","proof":"","log_keys":[],"witness_keys":[]}';
  assert.equal(examinePage(parsePageData(text), "").verdict, "fails");
  for (const other of [
    text.replace("v1", "v2"),
    text.replace(":", ": "),
    text.replace('"event":"",', "").replace("{", '{"event":"",'),
    text.replace("[]", "[1]"),
    text.replace('""', "null"),
    "null",
    "",
  ]) {
    assert.throws(() => parsePageData(other), PageRefused, other);
  }
});

test("keys are read with all their faults", () => {
  const read = (logKeys: string, witnessKeys: string, quorum: string): readonly string[] => {
    const found = readTrust({ logKeys, witnessKeys, quorum });
    return "faults" in found ? found.faults : [];
  };
  const [one, two] = [witnessOne.verifierKey, witnessTwo.verifierKey];
  assert.deepEqual(read(logSigner.verifierKey, `${one}\n\n ${two} `, "2"), []);
  assert.match(read(one, "", "").join(), /witness's key/);
  assert.match(read("", logSigner.verifierKey, "").join(), /not a witness's key/);
  assert.match(read("", `${one}\n${one}`, "").join(), /once/);
  assert.match(read("", one, "2").join(), /from 1 to 1/);
  assert.match(read("", "", "1").join(), /needs witnesses/);
  assert.match(read("x", "", "").join(), /name\+8 hex digits/);
});
