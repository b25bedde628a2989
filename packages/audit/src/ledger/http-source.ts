import { spellActing } from "@writ/contract/acting-text";
import { type DecisionId, formatDecisionId } from "@writ/contract/decision-id";
import { parseCheckpoint } from "@writ/tlog/checkpoint";
import { HASH_SIZE } from "@writ/tlog/hash";
import { parseNote } from "@writ/tlog/note";
import { ProofRefused, verifyConsistency } from "@writ/tlog/proof";
import { decodeBundle, tileWidth } from "@writ/tlog/tile";
import { formatTilePath } from "@writ/tlog/tile-path";
import type { Facets } from "../index/facets.ts";
import type { FoundPage } from "../index/find.ts";
import { type FindQuestion, filterParameters } from "../index/question.ts";
import { type HoleRange, MOST_LISTED, type Stream } from "../index/search.ts";
import type { Bucket } from "../index/time-counts.ts";
import type { State } from "../state-page.ts";
import { allPages, placeOfHole } from "./pages-of.ts";
import {
  type HeadFacts,
  IndexUnfit,
  type LedgerHead,
  type LedgerIndex,
  type LedgerSource,
} from "./source.ts";

/** The audit process did not answer as asked. */
export class AuditRefused extends Error {
  override readonly name = "AuditRefused";
  readonly code: "AUDIT_UNREACHABLE" | "KEY_NOT_ADMITTED" | "AUDIT_REFUSED" | "AUDIT_BUSY";

  constructor(code: AuditRefused["code"], message: string) {
    super(message);
    this.code = code;
  }
}

export interface HttpSourceOptions {
  /** Where the audit process listens: `http://127.0.0.1:8431`. */
  readonly url: URL;
  /** An auditor's key. */
  readonly key: string;
  /** Whether its search index may be asked. */
  readonly useIndex: boolean;
}

const PATIENCE_MS = 30_000;

/** A ledger behind an audit process. What it asks for is in the chapter on HTTP of the specification. */
export function httpSource(options: HttpSourceOptions): LedgerSource {
  return new HttpSource(options);
}

class HttpSource implements LedgerSource {
  readonly #options: HttpSourceOptions;
  #origin: string | undefined;

  constructor(options: HttpSourceOptions) {
    this.#options = options;
  }

  async head(): Promise<LedgerHead | undefined> {
    if (this.#origin === undefined) {
      const note = await this.#bytes("checkpoint", [404]);
      if (note === undefined) return undefined;
      this.#origin = parseCheckpoint(parseNote(note).text).origin;
    }
    const asked = await this.#json<Partial<Listed> | null>("checkpoints?limit=1");
    if (!Array.isArray(asked?.checkpoints)) throw this.#outOfForm("checkpoints");
    const [newest] = asked.checkpoints;
    if (newest === undefined) return undefined;
    const { size } = newest;
    const root = new Uint8Array(Buffer.from(String(newest.root), "base64"));
    if (!isPlace(size) || root.length !== HASH_SIZE) throw this.#outOfForm("checkpoints");
    return { origin: this.#origin, size, root };
  }

  async facts(): Promise<HeadFacts> {
    const { checkpoint, witnesses } = await this.#json<State>("v1/state");
    const at = checkpoint?.at ?? null;
    return {
      publishedAt: at === null ? undefined : Date.parse(at),
      cosigners: witnesses.flatMap(({ name, cosignedSize: size, cosignedAt }) => {
        if (size === null || cosignedAt === null) return [];
        return [{ name, size, time: Date.parse(cosignedAt) / 1000, isChecked: false }];
      }),
    };
  }

  async vkey(): Promise<string | undefined> {
    const text = await this.#bytes("vkey", [404]);
    return text === undefined ? undefined : Buffer.from(text).toString("utf8").trim();
  }

  async entries(bundle: number, size: number): Promise<readonly Uint8Array[]> {
    const width = tileWidth("entries", bundle, size);
    const path = formatTilePath({ level: "entries", index: bundle, width });
    return decodeBundle((await this.#bytes(path)) ?? new Uint8Array(0), width);
  }

  async index({ size }: LedgerHead): Promise<LedgerIndex | undefined> {
    if (!this.#options.useIndex) return undefined;
    return {
      size,
      find: async (question) =>
        pageIn(await this.#json<FoundPage | null>(`v1/search?${searchText(question)}`)),
      recordings: async (traceId, after, limit) => {
        const asked = new URLSearchParams({ trace_id: traceId, order: "oldest" });
        asked.set("limit", String(limit));
        if (after >= 0) asked.set("after", String(after));
        const { events } = pageIn(await this.#json<FoundPage | null>(`v1/search?${asked}`));
        return events.map(({ index }) => index);
      },
      facets: async (filter) => {
        const found = await this.#json<Timed<Facets>>(`v1/counts?${filterParameters(filter)}`);
        return { ...found, earliest: seconds(found.earliest), latest: seconds(found.latest) };
      },
      histogram: async ({ filter, step }) => {
        const asked = filterParameters(filter);
        asked.set("step", String(step));
        const { buckets } = await this.#json<{ buckets: TimedBucket[] }>(`v1/histogram?${asked}`);
        return buckets.map(({ at, ...counts }) => ({ at: Date.parse(at) / 1000, ...counts }));
      },
      streams: () => this.#streams(),
      holes: () => this.#holes(),
    };
  }

  async proof(index: number): Promise<Uint8Array> {
    return (await this.#bytes(`proof/inclusion?index=${index}`)) ?? new Uint8Array(0);
  }

  async isExtended(before: LedgerHead, after: LedgerHead): Promise<boolean> {
    if (after.size < before.size) return false;
    const path = `proof/consistency?from=${before.size}&to=${after.size}`;
    const { proof } = await this.#json<{ proof: string[] }>(path);
    const claim = {
      oldSize: before.size,
      oldRoot: before.root,
      newSize: after.size,
      newRoot: after.root,
    };
    try {
      verifyConsistency(
        claim,
        proof.map((hash) => new Uint8Array(Buffer.from(hash, "base64"))),
      );
      return true;
    } catch (error) {
      if (error instanceof ProofRefused) return false;
      throw error;
    }
  }

  close(): void {}

  #streams(): Promise<readonly Stream[]> {
    return allPages(
      Number.MAX_SAFE_INTEGER,
      async (before) => {
        const path = `v1/streams?before=${before}&limit=${MOST_LISTED}`;
        return (await this.#json<{ streams: Stream[] }>(path)).streams;
      },
      ({ firstIndex }) => firstIndex,
    );
  }

  #holes(): Promise<readonly HoleRange[]> {
    return allPages<HoleRange, DecisionId | undefined>(
      undefined,
      async (after) => {
        const place = after === undefined ? "" : `&after=${idOf(after)}`;
        const path = `v1/holes?limit=${MOST_LISTED}${place}`;
        return (await this.#json<{ holes: HoleRange[] }>(path)).holes;
      },
      placeOfHole,
    );
  }

  async #json<T>(path: string): Promise<T> {
    const bytes = await this.#bytes(path);
    try {
      return JSON.parse(Buffer.from(bytes ?? []).toString("utf8")) as T;
    } catch {
      throw new AuditRefused("AUDIT_REFUSED", `${this.#url(path)} gave no JSON: is it writ's?`);
    }
  }

  /** `undefined` for one of the statuses that are an answer too. */
  async #bytes(path: string, absent: readonly number[] = []): Promise<Uint8Array | undefined> {
    const url = this.#url(path);
    const answer = await fetch(url, {
      headers: { authorization: `Bearer ${this.#options.key}` },
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).catch((error: unknown) => {
      throw new AuditRefused("AUDIT_UNREACHABLE", `${url.origin}: ${whyOf(error)}`);
    });
    const body = await answer.arrayBuffer().catch((error: unknown) => {
      throw new AuditRefused("AUDIT_UNREACHABLE", `${url.origin}: ${whyOf(error)}`);
    });
    if (answer.ok) return new Uint8Array(body);
    if (absent.includes(answer.status)) return undefined;
    throw refusal(answer.status, url, Buffer.from(body).toString("utf8"));
  }

  #outOfForm(path: string): AuditRefused {
    const what = `${this.#url(path)} is not as an audit process gives it: is it writ's?`;
    return new AuditRefused("AUDIT_REFUSED", what);
  }

  #url(path: string): URL {
    return new URL(path, this.#options.url);
  }
}

interface Listed {
  readonly checkpoints: readonly { readonly size: number; readonly root: string }[];
}

function isPlace(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** A page of a form that can be followed. Throws IndexUnfit: then the log itself is read. */
function pageIn(page: FoundPage | null): FoundPage {
  const isWhole =
    Array.isArray(page?.events) &&
    page.events.every((found: { index?: unknown } | null) => isPlace(found?.index)) &&
    (page.next === null || isPlace(page.next));
  if (page === null || !isWhole) throw new IndexUnfit("the search answers out of form");
  return page;
}

type Timed<T> = Omit<T, "earliest" | "latest"> & {
  readonly earliest: string | null;
  readonly latest: string | null;
};
type TimedBucket = Omit<Bucket, "at"> & { readonly at: string };

function seconds(time: string | null): number | null {
  return time === null ? null : Date.parse(time) / 1000;
}

function idOf({ gateway, epoch, sequence }: DecisionId): string {
  return formatDecisionId(gateway, epoch, sequence);
}

function searchText({ filter, order, after, limit }: FindQuestion): URLSearchParams {
  const asked = filterParameters(filter);
  asked.set("order", order);
  asked.set("limit", String(limit));
  if (after !== undefined) asked.set("after", String(after));
  return asked;
}

/**
 * The server's own words say what to do; a page of somebody else's would only fill the screen, and
 * what acts on a terminal instead of standing there is nobody's advice.
 */
function refusal(status: number, url: URL, text: string): AuditRefused {
  const line = text.split("\n", 1)[0]?.slice(0, 200) ?? "";
  const said = spellActing(line, () => "\ufffd");
  if (status === 401) {
    const what = `${url.origin} does not admit the key; make one with writ auditor add`;
    return new AuditRefused("KEY_NOT_ADMITTED", what);
  }
  const code = status === 503 ? "AUDIT_BUSY" : "AUDIT_REFUSED";
  return new AuditRefused(code, `${url.origin}${url.pathname}: ${status} ${said}`);
}

function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer in ${PATIENCE_MS / 1000} s`;
  const { cause } = error;
  return cause instanceof Error ? cause.message : error.message;
}
