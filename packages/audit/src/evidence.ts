import type { Published } from "@writ/bucket/read/published";
import type { Checkpoint } from "@writ/tlog/checkpoint";
import type { Verifier } from "@writ/tlog/note-key";
import type { Chain } from "./constitution-check.ts";
import { isRefusal, type KeptHead, openHeadOf, requireCheckpoint } from "./known-heads.ts";
import type { PureWork } from "./pure-work.ts";
import type { ClaimedTree } from "./tree-join.ts";
import type { CheckName, Findings } from "./verify-report.ts";
import { newestWitnessed } from "./witness/check.ts";

/** Whose cosignatures are demanded. */
export interface WitnessEvidence {
  /** Cosignature vkeys (type 4), each of another witness. */
  readonly keys: readonly string[];
  /** How many of them must have cosigned one head. */
  readonly quorum: number;
  /** Checkpoints that may carry their cosignatures, from the newest. */
  readonly notes: Iterable<Uint8Array>;
}

/** What someone brings to a verification from outside the Bucket. */
export interface Evidence {
  /** Heads that an auditor kept. */
  readonly since?: readonly KeptHead[];
  /** The head that the guard holds. */
  readonly guard?: KeptHead;
  /** Where a guard was looked for and is none: the report says so. */
  readonly guardMissing?: string;
  readonly witnesses?: WitnessEvidence;
}

/** Trees that the log must have had, and what the report says of them. */
export interface Brought {
  readonly claims: readonly ClaimedTree[];
  readonly lines: readonly string[];
}

interface Opening {
  readonly chain: Chain;
  readonly work: PureWork;
  readonly findings: Findings;
}

/** Throws NotACheckpoint or KeyRefused for what is no evidence at all: the caller's mistake. */
export function requireEvidence({ since = [], guard, witnesses }: Evidence, work: PureWork): void {
  for (const head of since) requireCheckpoint(head);
  if (guard !== undefined) requireCheckpoint(guard);
  witnesses?.keys.forEach(work.verifier);
}

/** Opens all evidence. A head that is not this log's is a fault; the others are claims. */
export function openEvidence(evidence: Evidence, opening: Opening): Brought {
  const heads: [CheckName, KeptHead][] = (evidence.since ?? []).map((head) => ["since", head]);
  if (evidence.guard !== undefined) heads.push(["guard", evidence.guard]);
  const opened = heads.map(([check, head]) => openKept(check, head, opening));
  const all = [
    ...opened,
    missing(evidence.guardMissing),
    openWitnessed(evidence.witnesses, opening),
  ];
  return {
    claims: all.flatMap(({ claims }) => claims),
    lines: all.flatMap(({ lines }) => lines),
  };
}

/** What the published checkpoint claims, if there is one that the log signed. */
export function claimOf(published: Published | undefined): ClaimedTree[] {
  return published === undefined
    ? []
    : [claim("checkpoint", "the published checkpoint", published.checkpoint)];
}

/** What a cut at the end of a frame would look like to this verification. */
export function whatACutWouldShow(claims: readonly ClaimedTree[]): string {
  const [largest] = claims.toSorted((a, b) => b.size - a.size);
  if (largest === undefined || largest.size === 0) {
    return "nothing here knows how long the log must be: a log cut at the end of a frame is a valid log, so bring a guard, a kept checkpoint (--since) or witnesses";
  }
  return `${largest.claimant} knows ${largest.size} events: a log cut at the end of a frame after them would look the same`;
}

function openKept(check: CheckName, head: KeptHead, { chain, work, findings }: Opening): Brought {
  findings.made(check);
  const claimant = check === "guard" ? `the guard ${head.name}` : head.name;
  try {
    const checkpoint = openHeadOf(chain, head.note, work);
    const lines = [`${claimant} is a head of this log at ${checkpoint.size} events, by its key`];
    return { claims: [claim(check, claimant, checkpoint)], lines };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    findings.add(check, null, `${claimant} is no head of this log: ${error.message}`);
    return { claims: [], lines: [] };
  }
}

function missing(guard: string | undefined): Brought {
  return { claims: [], lines: guard === undefined ? [] : [`there is no guard at ${guard}`] };
}

function openWitnessed(demand: WitnessEvidence | undefined, opening: Opening): Brought {
  if (demand === undefined) return { claims: [], lines: [] };
  const { chain, work, findings } = opening;
  findings.made("witnesses");
  const { quorum, keys, notes } = demand;
  const found = newestWitnessed(notes, {
    logs: everyLogKey(chain, work),
    origin: chain[0].constitution.origin,
    witnesses: keys.map(work.verifier),
    quorum,
  });
  if (found === undefined) {
    findings.add(
      "witnesses",
      null,
      `no head of this log is cosigned by ${quorum} of the ${keys.length} witnesses`,
    );
    return { claims: [], lines: [] };
  }
  const { checkpoint, cosigners } = found;
  const claimant = `the head that ${cosigners.map(({ name }) => name).join(", ")} cosigned`;
  const newest = new Date(Math.max(...cosigners.map(({ time }) => time)) * 1000).toISOString();
  const line = `${cosigners.length} of ${keys.length} witnesses cosigned the head at ${checkpoint.size} events, the last at ${newest} by its clock`;
  return { claims: [claim("witnesses", claimant, checkpoint)], lines: [line] };
}

function everyLogKey(chain: Chain, work: PureWork): Verifier[] {
  const keys = new Set(chain.map(({ constitution }) => constitution.log_key));
  return [...keys].map(work.verifier);
}

function claim(check: CheckName, claimant: string, { size, root }: Checkpoint): ClaimedTree {
  return { check, claimant, size, root };
}
