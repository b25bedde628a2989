import { formatNote, NoteRefused, openNote, parseNote, type Signature, sameKey } from "./note.ts";
import { parseVerifierKey, type Verifier } from "./note-key.ts";
import { formatPageData, type PageData, PageRefused, parsePageData } from "./proof-page-data.ts";
import { formatTlogProof, parseTlogProof } from "./tlog-proof.ts";

/** The line of a template behind which the data goes. */
const PLACE = "<!-- What is proved stands in the next line. -->\n";
const LINE = /^<script type="application\/json" id="writ-proof">([^<\n]*)<\/script>\n/m;

/**
 * A one-page proof: the template with an event, its proof, and keys. Of the signatures on the
 * proof's checkpoint only those stay that these keys verify, and of the keys only those that
 * signed, so that a reader of the page can account for each byte.
 *
 * Throws PageRefused, TlogProofRefused, or KeyRefused.
 */
export function proofPage(template: string, data: PageData): string {
  const file = parseTlogProof(data.proof);
  const { text, signatures } = parseNote(file.checkpoint);
  const keys = [...data.logKeys, ...data.witnessKeys].map((vkey) => ({
    vkey,
    verifier: parseVerifierKey(vkey),
  }));
  const signed = keys.flatMap(({ vkey, verifier }) => {
    const line = verifiedLine(file.checkpoint, signatures, verifier);
    return line === undefined ? [] : [{ vkey, line }];
  });
  const signers = (of: readonly string[]): readonly string[] =>
    of.filter((vkey) => signed.some((each) => each.vkey === vkey));
  const logKeys = signers(data.logKeys);
  if (logKeys.length === 0) {
    throw new PageRefused("PAGE_UNSIGNED", "page: no key of the log verifies the checkpoint");
  }
  const checkpoint = formatNote({ text, signatures: signed.map(({ line }) => line) });
  const proof = formatTlogProof({ ...file, extra: null, checkpoint });
  return fillPage(template, { ...data, proof, logKeys, witnessKeys: signers(data.witnessKeys) });
}

/** A template with its data: the whole page. Throws PageRefused (PAGE_TEMPLATE). */
export function fillPage(template: string, data: PageData): string {
  const at = template.indexOf(PLACE);
  if (at < 0 || LINE.test(template)) {
    throw new PageRefused("PAGE_TEMPLATE", "page: this is no empty template of a proof page");
  }
  const end = at + PLACE.length;
  const line = `<script type="application/json" id="writ-proof">${formatPageData(data)}</script>\n`;
  return template.slice(0, end) + line + template.slice(end);
}

/** Takes a page apart: its data, and the template that is left. Throws PageRefused (PAGE_DATA). */
export function openPage(page: string): { readonly data: PageData; readonly template: string } {
  const [line, text = ""] = LINE.exec(page) ?? [];
  if (line === undefined) throw new PageRefused("PAGE_DATA", "page: it has no line of data");
  return { data: parsePageData(text), template: page.replace(line, () => "") };
}

function verifiedLine(
  note: Uint8Array,
  signatures: readonly Signature[],
  verifier: Verifier,
): Signature | undefined {
  try {
    openNote(note, [verifier]);
  } catch (error) {
    if (!(error instanceof NoteRefused)) throw error;
    return undefined;
  }
  return signatures.find((signature) => sameKey(signature, verifier));
}
