import { DATA_ID, type PageData, PageRefused, parsePageData } from "@writ/tlog/proof-page-data";
import { headline, inWords } from "../event/words.ts";
import { plainLines } from "../parts/plain-text.ts";
import { pathInWords } from "../proof/audit-path.ts";
import type { Check } from "../proof/check.ts";
import { examinePage, type PageExamined } from "../proof/examine-page.ts";
import { drawPath } from "../proof/path-drawing.ts";
import { drawn, made, part, saving } from "./elements.ts";

const ANSWERS: Readonly<Record<Check["answer"], string>> = {
  holds: "✓ holds",
  fails: "✗ does not hold",
  unasked: "? not asked",
  unneeded: "– not needed",
};

const VERDICTS: Readonly<Record<PageExamined["verdict"], string>> = {
  holds: "Proven: the log whose key you pasted holds this event.",
  fails: "NOT PROVEN: something does not hold. It is marked below.",
  unasked:
    "Not proven yet: the page agrees with itself. Paste the log's key, from elsewhere than this page.",
};

start();

function start(): void {
  const key = part("key") as HTMLTextAreaElement;
  const data = read();
  if (data === undefined) return;
  showData(data);
  const examineAgain = (): void => show(examinePage(data, key.value));
  key.addEventListener("input", examineAgain);
  examineAgain();
}

function read(): PageData | undefined {
  try {
    return parsePageData(document.getElementById(DATA_ID)?.textContent ?? "");
  } catch (error) {
    if (!(error instanceof PageRefused)) throw error;
    showVerdict("fails", `NOT PROVEN: this page was altered. ${error.message}.`);
    return undefined;
  }
}

function show({ verdict, checks, event, path, checkpoint }: PageExamined): void {
  showVerdict(verdict, VERDICTS[verdict]);
  part("checks").replaceChildren(...checks.map(checkLine));
  if (event !== undefined) {
    part("headline").textContent = headline(event);
    const fields = inWords(event).flatMap(({ name, value, words }) => [
      made("dt", "", name),
      made(
        "dd",
        "",
        made("span", "mono", value),
        document.createElement("br"),
        made("span", "words", words),
      ),
    ]);
    part("fields").replaceChildren(...fields);
  }
  if (path !== undefined && checkpoint !== undefined) {
    const { root } = checkpoint.checkpoint;
    part("path").replaceChildren(drawn(drawPath(path, root)));
    const words = pathInWords(path, root).map((line) => made("li", "", line));
    part("path-words").replaceChildren(...words);
  }
}

function showVerdict(verdict: PageExamined["verdict"], text: string): void {
  const element = part("verdict");
  element.className = `verdict is-${verdict}`;
  element.textContent = text;
}

function checkLine({ title, answer, sentence }: Check): HTMLElement {
  return made(
    "li",
    `is-${answer}`,
    made("span", "answer", ANSWERS[answer]),
    made("span", "", title, document.createElement("br"), made("span", "sentence", sentence)),
  );
}

function showData({ event, proof, logKeys, witnessKeys }: PageData): void {
  part("event").textContent = textOf(event);
  part("proof").textContent = textOf(proof);
  part("own-keys").textContent = plainLines([...logKeys, ...witnessKeys].join("\n"));
  part("files").replaceChildren(
    "Save them apart: ",
    saving("attempt.event.json", event, "application/json"),
    ", ",
    saving("attempt.tlog-proof", proof, "text/plain"),
    ".",
  );
}

function textOf(bytes: Uint8Array): string {
  return plainLines(new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(bytes));
}
