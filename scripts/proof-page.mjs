// The one-page proof without its data: markup, style and verifier in one file, nothing else may run
// in it. Plain JavaScript, as scripts/console.mjs, which calls it.
import { createHash } from "node:crypto";

const STYLE = '<link rel="stylesheet" href="page.css">';
const SCRIPT = '<script src="main.ts"></script>';

/** The page of this markup, style and script, with the policy that lets in these two alone. */
export function proofPage(markup, style, script) {
  // Inside markup, these would end the element or change how it is read (HTML, "Restrictions for
  // contents of script elements").
  if (/<\/(script|style)|<!--|<script/i.test(style + script)) {
    throw new Error("the style or script of the proof page holds what markup would read");
  }
  return replaced(markup, [
    ["{{style-hash}}", `sha256-${digest(style, "base64")}`],
    ["{{script-hash}}", `sha256-${digest(script, "base64")}`],
    [STYLE, `<style>${style}</style>`],
    [SCRIPT, `<script>${script}</script>`],
  ]);
}

/** Lines as sha256sum writes and checks them. */
export function sumLines(files) {
  return files.map(([name, content]) => `${digest(content, "hex")}  ${name}\n`).join("");
}

function replaced(markup, pairs) {
  return pairs.reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) throw new Error(`the proof page holds ${from} not once`);
    return text.replace(from, () => to);
  }, markup);
}

function digest(content, encoding) {
  return createHash("sha256").update(content).digest(encoding);
}
