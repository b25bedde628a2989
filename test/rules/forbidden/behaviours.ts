import { METHODS } from "node:http";

/** Everything that the rules forbid enforcement to do (§5) or a write to be (§4). */
export const BEHAVIOURS = [
  "update",
  "delete",
  "correct",
  "overwrite",
  "schema change",
  "relaxed validation",
  "replay",
  "reconciliation",
  "multi-stage update",
  "partial write",
  "follow-up write",
  "backfill",
] as const;

export type Behaviour = (typeof BEHAVIOURS)[number];

/** What people call it: verbs, options and exports of these names would be ways to do it. */
export const WORDS: Readonly<Record<Behaviour, readonly string[]>> = {
  update: ["update", "edit", "modify", "patch", "put", "change", "mutate", "upsert"],
  delete: ["delete", "remove", "drop", "purge", "prune", "truncate", "compact", "expire", "erase"],
  correct: ["correct", "fix", "repair", "rectify", "heal", "compensate"],
  overwrite: ["overwrite", "replace", "rewrite-record", "rewrite-log", "force", "reset"],
  "schema change": ["schema", "migrate", "alter", "negotiate", "event-schema"],
  "relaxed validation": ["relax", "lenient", "skip-validation", "no-verify", "unsafe", "dry-run"],
  replay: ["replay", "resend", "retry", "redo", "requeue", "reapply"],
  reconciliation: ["reconcile", "merge", "dedupe", "deduplicate", "sync", "rebuild"],
  "multi-stage update": ["begin", "stage", "prepare", "commit", "transaction", "finish"],
  "partial write": ["partial", "chunk", "fragment", "append-part", "resume"],
  "follow-up write": ["amend", "annotate", "append-to", "follow-up", "supersede", "revise"],
  backfill: ["backfill", "import-log", "restore", "insert", "insert-at", "load"],
};

/** Methods of HTTP that would say it, were there anybody to hear. */
const METHODS_OF: Readonly<Record<Behaviour, readonly string[]>> = {
  update: ["PUT", "PATCH", "PROPPATCH"],
  delete: ["DELETE", "PURGE", "UNLINK", "UNBIND"],
  correct: ["REBIND"],
  overwrite: ["COPY", "MOVE"],
  "schema change": ["OPTIONS", "ACL", "MKCALENDAR"],
  "relaxed validation": ["TRACE", "CONNECT"],
  replay: ["POST", "NOTIFY"],
  reconciliation: ["MERGE", "REPORT", "CHECKOUT", "PROPFIND", "SEARCH", "QUERY"],
  "multi-stage update": ["LOCK", "UNLOCK", "MKACTIVITY"],
  "partial write": ["MKCOL"],
  "follow-up write": ["LINK", "BIND"],
  backfill: ["SOURCE", "M-SEARCH", "SUBSCRIBE", "UNSUBSCRIBE"],
};

/** Every method that Node reads but the two that only read, and some that no standard knows. */
export const ALL_METHODS: readonly string[] = [
  ...METHODS.filter((method) => method !== "GET" && method !== "HEAD"),
  ...BEHAVIOURS.flatMap((behaviour) => unknownMethods(behaviour)),
];

/** Methods that Node does not know, which a client may send all the same. */
export function unknownMethods(behaviour: Behaviour): readonly string[] {
  return WORDS[behaviour].slice(0, 1).map((word) => word.toUpperCase());
}

/** All methods that are tried for a behaviour; together they are all there are. */
export function methodsOf(behaviour: Behaviour): readonly string[] {
  const named = new Set(Object.values(METHODS_OF).flat());
  const left = ALL_METHODS.filter((method) => METHODS.includes(method) && !named.has(method));
  const at = BEHAVIOURS.indexOf(behaviour);
  const share = left.filter((_, index) => index % BEHAVIOURS.length === at);
  return [...METHODS_OF[behaviour], ...share, ...unknownMethods(behaviour)];
}

export interface Bent {
  readonly bytes: Uint8Array;
  readonly code: "SCHEMA_REJECTED" | "GOVERNANCE_DENIED";
  readonly cause: "EVENT_SCHEMA" | "DECISION_ID";
}

/**
 * An event that tries to say it: `event` is the text of one that would be taken, `recorded` the
 * decision id of one that is in the log, `former` an id of an epoch that is over.
 */
export function bentEvent(
  behaviour: Behaviour,
  event: string,
  recorded: string,
  former: string,
): Bent {
  const own = /"enforcement_decision_id":"([^"]+)"/.exec(event)?.[1] ?? "";
  const saying = (member: string): string => event.replace(/\{/, `{${member},`);
  const texts: Readonly<Record<Behaviour, string>> = {
    update: saying('"operation":"update"'),
    delete: JSON.stringify({ delete: recorded }),
    correct: saying(`"corrects":"${recorded}"`),
    overwrite: JSON.stringify({ decision: "BLOCK", enforcement_decision_id: recorded }),
    "schema change": event.replace(/\}$/, ',"version":2}'),
    "relaxed validation": `${event}\n`,
    replay: event.replace(
      own,
      former.replace(/^./, (digit) => (digit === "0" ? "1" : "0")),
    ),
    reconciliation: saying('"reconcile":true'),
    "multi-stage update": event.replace('"status":"success"', '"status":"pending"'),
    "partial write": event.slice(0, event.length / 2),
    "follow-up write": saying(`"amends":"${recorded}"`),
    backfill: event.replace(own, former),
  };
  const isForeign = behaviour === "replay" || behaviour === "backfill";
  return {
    bytes: Buffer.from(texts[behaviour]),
    ...(isForeign
      ? { code: "GOVERNANCE_DENIED", cause: "DECISION_ID" }
      : { code: "SCHEMA_REJECTED", cause: "EVENT_SCHEMA" }),
  };
}
