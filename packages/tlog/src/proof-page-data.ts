import { decodeBase64, encodeBase64 } from "./base64.ts";

/** What a one-page proof holds besides its program. */
export interface PageData {
  /** The event's bytes, exactly. */
  readonly event: Uint8Array;
  /** A C2SP tlog-proof. */
  readonly proof: Uint8Array;
  /** vkeys that the log has signed with, by the word of whoever made the page. */
  readonly logKeys: readonly string[];
  /** vkeys of witnesses whose signatures the checkpoint carries, by the same word. */
  readonly witnessKeys: readonly string[];
}

/** A page, or the line of one, that does not hold what it must; the message says what. */
export class PageRefused extends Error {
  override readonly name = "PageRefused";
  readonly code: "PAGE_DATA" | "PAGE_TEMPLATE" | "PAGE_UNSIGNED";

  constructor(code: PageRefused["code"], message: string) {
    super(message);
    this.code = code;
  }
}

export const PAGE_FORMAT = "writ-proof-page/v1";
/** The id of the element that holds the data. */
export const DATA_ID = "writ-proof";
/**
 * The text of the data: JSON of one form, so that no byte of it can be changed unseen. Base64
 * keeps whatever an event says from being read as markup.
 */
export function formatPageData({ event, proof, logKeys, witnessKeys }: PageData): string {
  return JSON.stringify({
    format: PAGE_FORMAT,
    event: encodeBase64(event),
    proof: encodeBase64(proof),
    log_keys: logKeys,
    witness_keys: witnessKeys,
  }).replaceAll("<", "\\u003c");
}

/** Reads exactly the texts that `formatPageData` gives. Throws PageRefused (PAGE_DATA). */
export function parsePageData(text: string): PageData {
  const { format, event, proof, log_keys, witness_keys } = membersOf(text);
  if (format !== PAGE_FORMAT) throw refused(`this verifier reads the format ${PAGE_FORMAT}`);
  const data = {
    event: bytesOf(event),
    proof: bytesOf(proof),
    logKeys: textsOf(log_keys),
    witnessKeys: textsOf(witness_keys),
  };
  if (formatPageData(data) !== text) throw refused("its data are not in their exact form");
  return data;
}

function membersOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Readonly<Record<string, unknown>>;
  } catch {
    throw refused("its data are not JSON");
  }
}

function bytesOf(value: unknown): Uint8Array {
  const bytes = typeof value === "string" ? decodeBase64(value) : undefined;
  if (bytes === undefined) throw refused("event and proof are not base64");
  return bytes;
}

function textsOf(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
  throw refused("its keys are not a list of texts");
}

function refused(why: string): PageRefused {
  return new PageRefused("PAGE_DATA", `page: ${why}`);
}
