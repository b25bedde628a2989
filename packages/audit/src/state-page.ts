import { type Constitution, ConstitutionRefused } from "@writ/bucket/constitution";
import type { QuotaUse } from "@writ/bucket/constitution/usage";
import { type Answer, json, TEXT } from "@writ/bucket/read/http-answer";
import { logKeys, readConstitutions } from "@writ/bucket/read/log-key";
import { publishedCheckpoint } from "@writ/bucket/read/published";
import { bucketDenials } from "./bucket-denials.ts";
import { SearchUnavailable } from "./index/live-index.ts";
import type { Summary } from "./index/search.ts";
import type { ProcessFacts } from "./metrics-page.ts";
import { askIndex, type PageRequest, type Reading } from "./pages.ts";
import { quotasOf } from "./quota-watch.ts";

/** How the log and this process stand at this moment: what a page that stays open asks for again and again. */
export interface State {
  /** By this process's clock. */
  readonly now: string;
  readonly checkpoint: { readonly size: number; readonly at: string | null } | null;
  /** Of the index; null while there is none. */
  readonly log: Summary | null;
  /** Why the index does not go on; null while it does. */
  readonly stuck: string | null;
  readonly witnesses: readonly {
    readonly name: string;
    readonly cosignedSize: number | null;
    readonly cosignedAt: string | null;
    readonly failures: number;
    readonly alarm: "forked" | "behind" | null;
  }[];
  /** What the running Bucket has turned away, by cause; null if it does not say. */
  readonly denials: Readonly<Record<string, number>> | null;
  /** Requests to this process that asked for more than reading. */
  readonly violations: number;
}

/** `/v1/state`: everything that a live view shows of the whole, in one answer of bounded cost. */
export async function statePage(
  reading: Reading,
  facts: ProcessFacts,
  asked: PageRequest,
): Promise<Answer> {
  const size = publishedCheckpoint(reading.tiles)?.checkpoint.size;
  const at = facts.checkpointTime();
  const denials = bucketDenials(reading.bucket);
  const state: State = {
    now: new Date().toISOString(),
    checkpoint: size === undefined ? null : { size, at: at === undefined ? null : instant(at) },
    log: await summaryOrNull(reading, asked),
    stuck: reading.index?.status.stuck ?? null,
    witnesses: facts.witnesses().map(({ name, cosignedSize, cosignedAt, failures, alarm }) => ({
      name,
      cosignedSize,
      cosignedAt: cosignedAt === null ? null : instant(cosignedAt * 1000),
      failures,
      alarm,
    })),
    denials: denials === undefined ? null : Object.fromEntries(denials),
    violations: facts.violations(),
  };
  return json(state);
}

/** `/v1/quotas`: what is used of every quota of the constitution in force. */
export async function quotasPage(reading: Reading, asked: PageRequest): Promise<Answer> {
  const tallies = await askIndex(reading, asked, "tallies", []);
  const quotas: readonly QuotaUse[] = quotasOf(reading.bucket, tallies);
  return json({ quotas });
}

/** `/v1/constitutions`: the notes of the chain from the first on, as text; whoever asks verifies them. */
export function constitutionsPage({ bucket }: Reading): Answer {
  const notes = readConstitutions(bucket);
  return json({ constitutions: notes.map((note) => Buffer.from(note).toString("utf8")) });
}

/** `/vkey`: the log's verifier key by its own word, as an export states it. */
export function vkeyPage({ bucket }: Reading): Answer | undefined {
  const vkey = presentKey(bucket);
  if (vkey === undefined) return undefined;
  const headers = { "content-type": TEXT, "cache-control": "no-cache" };
  return { status: 200, headers, body: Buffer.from(`${vkey}\n`), isFile: true };
}

/** The key that signs the log's checkpoints now; `undefined` if its constitution cannot be read. */
export function presentKey(bucket: Reading["bucket"]): Constitution["log_key"] | undefined {
  try {
    return logKeys(bucket).at(-1);
  } catch (error) {
    if (error instanceof ConstitutionRefused) return undefined;
    throw error;
  }
}

async function summaryOrNull(reading: Reading, asked: PageRequest): Promise<Summary | null> {
  try {
    return await askIndex(reading, asked, "summary", []);
  } catch (error) {
    if (error instanceof SearchUnavailable) return null;
    throw error;
  }
}

function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
