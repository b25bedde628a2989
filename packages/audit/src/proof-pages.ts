import { type Answer, json, NOT_FOUND, TEXT } from "@writ/bucket/read/http-answer";
import { type Published, publishedCheckpoint } from "@writ/bucket/read/published";
import { NotADecisionId, parseDecisionId } from "@writ/contract/decision-id";
import { proveConsistency } from "@writ/tlog/proof";
import { treeHash } from "@writ/tlog/tree";
import { checkpointOf } from "./checkpoint-pages.ts";
import { decimal, QuestionRefused } from "./index/question.ts";
import { askIndex, type PageRequest, type Reading } from "./pages.ts";
import {
  decisionNotFound,
  isDecisionAt,
  nothingPublished,
  proveAt,
  publishedEvent,
  tileReader,
} from "./prove.ts";

/** `/proof/inclusion?index=N | decision_id=ID [&size=S]`: a C2SP tlog-proof against the checkpoint of S, else the latest. */
export async function inclusionPage(reading: Reading, asked: PageRequest): Promise<Answer> {
  const latest = requirePublished(reading);
  const size = decimal(asked.query, "size") ?? latest.checkpoint.size;
  const covering =
    size === latest.checkpoint.size
      ? ((await checkpointOf(reading, asked, size)) ?? latest)
      : await checkpointOf(reading, asked, size);
  if (covering === undefined) throw new QuestionRefused("no checkpoint was signed at that size");
  const index = await placeOf(reading, asked, latest.checkpoint.size);
  if (index >= size) throw new QuestionRefused(`event ${index} is not in a tree of ${size}`);
  const { proof } = proveAt(reading.tiles, index, covering, latest.checkpoint.size);
  return { status: 200, headers: { "content-type": TEXT }, body: proof };
}

/** `/proof/consistency?from=S&to=S`: that the tree of one size extends that of another (RFC 6962 §2.1.2). */
export function consistencyPage(reading: Reading, { query }: PageRequest): Answer {
  const { size } = requirePublished(reading).checkpoint;
  const to = decimal(query, "to") ?? size;
  const from = decimal(query, "from");
  if (from === undefined || from > to || to > size) {
    throw new QuestionRefused(`give from and to as sizes, from ≤ to ≤ ${size}`);
  }
  const tree = (leaves: number): { size: number; root: string } => {
    const root = treeHash(leaves, tileReader(reading.tiles, leaves, size));
    return { size: leaves, root: base64(root) };
  };
  const proof = proveConsistency(from, to, tileReader(reading.tiles, to, size));
  return json({ from: tree(from), to: tree(to), proof: proof.map(base64) });
}

/** `/v1/event?index=N | decision_id=ID`: the event's bytes, exactly as they are in the log. */
export async function eventPage(reading: Reading, asked: PageRequest): Promise<Answer> {
  const { size } = requirePublished(reading).checkpoint;
  const index = await placeOf(reading, asked, size);
  if (index >= size) return NOT_FOUND;
  const headers = { "content-type": "application/json", "writ-index": String(index) };
  return { status: 200, headers, body: publishedEvent(reading.tiles, index, size) };
}

/** Where the event that a query names is, by the index and then by the log itself. */
async function placeOf(reading: Reading, asked: PageRequest, size: number): Promise<number> {
  const index = decimal(asked.query, "index");
  const id = asked.query.get("decision_id");
  if ((index === undefined) === (id === null)) {
    throw new QuestionRefused("give either index or decision_id");
  }
  if (index !== undefined) return index;
  const decisionId = parsedId(id ?? "");
  const place = await askIndex(reading, asked, "indexOf", [decisionId]);
  if (place === undefined || !isDecisionAt(reading.tiles, place, id ?? "", size)) {
    throw decisionNotFound(id ?? "", size);
  }
  return place;
}

function parsedId(text: string): ReturnType<typeof parseDecisionId> {
  try {
    return parseDecisionId(text);
  } catch (error) {
    if (error instanceof NotADecisionId) throw new QuestionRefused(error.message);
    throw error;
  }
}

function requirePublished({ tiles }: Reading): Published {
  const published = publishedCheckpoint(tiles);
  if (published === undefined) throw nothingPublished();
  return published;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
