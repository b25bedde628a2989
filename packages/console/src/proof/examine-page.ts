import type { Verifier } from "@writ/tlog/note-key";
import type { PageData } from "@writ/tlog/proof-page-data";
import { CHECKS, type Check, type FaultCode, verdictOf } from "./check.ts";
import { examineFile, type FileExamined } from "./examine-file.ts";
import { NO_TRUST, readTrust, type Trust } from "./trust.ts";

/** What a page's data are worth, with or without a key from elsewhere. */
export type PageExamined = FileExamined;

/**
 * Checks a one-page proof. `pasted` are keys from elsewhere than the page, a vkey a line: of the
 * log, and of witnesses if any, all of whom must then have cosigned. Without them the page is
 * checked against its own key, and the verdict is `unasked`: whoever made up a log made its key up
 * too. Never throws.
 */
export function examinePage(data: PageData, pasted: string): PageExamined {
  const own = readTrust({
    logKeys: data.logKeys.join("\n"),
    witnessKeys: data.witnessKeys.join("\n"),
    quorum: "",
  });
  const given = readPasted(pasted);
  const key = keyCheck(data, given, "faults" in own ? own.faults : []);
  const enclosed = "trust" in own ? own.trust : NO_TRUST;
  const trust = given.trust ?? { ...enclosed, witnesses: [], quorum: 0 };
  const examined = examineFile({
    event: data.event,
    asked: {},
    proof: data.proof,
    trust,
    enclosed: [...enclosed.logs, ...enclosed.witnesses].filter((each) => !isIn(trust, each)),
  });
  const checks = [key, ...examined.checks];
  return { ...examined, checks, verdict: verdictOf(checks) };
}

interface Pasted {
  readonly lines: readonly string[];
  readonly trust: Trust | undefined;
  readonly faults: readonly string[];
}

/** One field takes both kinds of key: the type byte, in the base64 as `AQ` or `BA`, tells them apart. */
function readPasted(pasted: string): Pasted {
  const lines = pasted.split("\n").flatMap((line) => line.trim() || []);
  if (lines.length === 0) return { lines, trust: undefined, faults: [] };
  const ofWitness = (line: string): boolean => /^[^+]*\+[^+]*\+B/.test(line);
  const read = readTrust({
    logKeys: lines.filter((line) => !ofWitness(line)).join("\n"),
    witnessKeys: lines.filter(ofWitness).join("\n"),
    quorum: "",
  });
  return "trust" in read
    ? { lines, trust: read.trust, faults: [] }
    : { lines, trust: undefined, faults: read.faults };
}

function keyCheck(data: PageData, given: Pasted, ownFaults: readonly string[]): Check {
  const fault = ownFaults[0] ?? given.faults[0];
  if (fault !== undefined) return keyAnswer("fails", fault, "KEY_WRONG");
  if (given.lines.length === 0) {
    const sentence =
      "No key was pasted: what follows is checked against the page's own key, which proves nothing by itself.";
    return keyAnswer("unasked", sentence, null);
  }
  if (!data.logKeys.some((vkey) => given.lines.includes(vkey))) {
    return keyAnswer("fails", "The key that was pasted is not the one in this page.", "KEY_WRONG");
  }
  return keyAnswer("holds", "The key that was pasted is the one in this page.", null);
}

function keyAnswer(answer: Check["answer"], sentence: string, code: FaultCode | null): Check {
  return { check: "key", title: CHECKS.key, answer, sentence, code };
}

function isIn({ logs, witnesses }: Trust, { name, keyId }: Verifier): boolean {
  return [...logs, ...witnesses].some((each) => each.name === name && each.keyId === keyId);
}
