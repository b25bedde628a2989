import { join } from "node:path";

/** What a verb is run on: the data folder of a Bucket that is running, and paths of its own. */
export interface CliGround {
  readonly data: string;
  readonly policy: string;
  /** A decision id that is in the log. */
  readonly recorded: string;
  /** A folder to write into. */
  readonly out: string;
}

export interface CliVerb {
  /** All that it does. */
  readonly does: string;
  /** How it is run, and how it ends; none where another door shows what it does. */
  readonly argv?: (ground: CliGround) => readonly string[];
  readonly ends?: number;
  /** Whether it needs a process of its own. */
  readonly alone?: boolean;
}

/**
 * Every verb of the command line. A verb that is not here fails the table: whoever adds one says here
 * what it does, and that it changes no record.
 */
export const CLI_VERBS: Readonly<Record<string, CliVerb>> = {
  "writ start": { does: "serves, as writ serve does" },
  "writ serve": {
    does: "opens the log for appending; a second one is kept out by the lock",
    argv: ({ data }) => ["serve", "--only", "bucket", "--data", data],
    ends: 2,
    alone: true,
  },
  "writ mcp": { does: "brings an agent to a gateway, and starts one as writ serve does" },
  "writ init": {
    does: "writes settings elsewhere",
    argv: ({ out }) => ["init", out],
    ends: 0,
  },
  "writ halt": { does: "has a gateway refuse everything from now on; asks no Bucket" },
  "writ reload": { does: "has a gateway read its policy again; asks no Bucket" },
  "writ decide": {
    does: "decides, and records nothing",
    argv: ({ policy, out }) => ["decide", "--policy", policy, join(out, "calls")],
    ends: 0,
  },
  "writ trace": {
    does: "prints identities",
    argv: ({ policy, out }) => ["trace", "--policy", policy, join(out, "calls")],
    ends: 0,
  },
  "writ verify": {
    does: "reads the ledger",
    argv: ({ data }) => ["verify", data, "--key", join(data, "log.vkey")],
  },
  "writ find": {
    does: "reads the ledger",
    argv: ({ data }) => ["find", data, "--all", "--json"],
    ends: 0,
  },
  "writ show": {
    does: "reads the ledger",
    argv: ({ data, recorded }) => ["show", data, recorded],
    ends: 0,
  },
  "writ watch": { does: "reads the ledger again and again, as writ find does" },
  "writ stats": {
    does: "reads the ledger",
    argv: ({ data }) => ["stats", data],
    ends: 0,
  },
  "writ replay": {
    does: "decides, and holds the results against the ledger that it reads",
    argv: ({ data, policy, out }) => ["replay", data, "--policy", policy, join(out, "calls")],
  },
  "writ prove": {
    does: "reads the ledger, writes a proof elsewhere",
    argv: ({ data, recorded, out }) => ["prove", data, recorded, "--out", join(out, "proof")],
    ends: 0,
  },
  "writ verify-proof": {
    does: "reads a proof",
    argv: ({ data, out }) => [
      ...["verify-proof", join(out, "proof.tlog-proof"), "--key", join(data, "log.vkey")],
      ...["--event", join(out, "proof.event.json")],
    ],
    ends: 0,
  },
  "writ export": {
    does: "reads the ledger, writes a copy of its tiles elsewhere",
    argv: ({ data, out }) => ["export", data, join(out, "tiles")],
    ends: 0,
  },
  "writ keygen": {
    does: "writes a key elsewhere",
    argv: ({ out }) => ["keygen", "someone.example/key", "--out", join(out, "some.key")],
    ends: 0,
  },
  "writ witness": { does: "cosigns heads, in a folder of its own" },
  "writ bucket init": {
    does: "makes a Bucket where there is none",
    argv: ({ data }) => [
      ...["bucket", "init", data, "--constitution", join(data, "bucket/constitution/0.note")],
      ...["--log-key", join(data, "keys/log.key")],
    ],
    ends: 2,
  },
  "writ bucket adopt": {
    does: "makes guard and epochs of a stopped Bucket anew, and leaves its log as it is",
    argv: ({ data }) => [
      ...["bucket", "adopt", "--data", data],
      ...["--checkpoint", join(data, "bucket/tiles/checkpoint")],
    ],
    ends: 2,
  },
  "writ constitution new": {
    does: "writes a draft elsewhere",
    argv: ({ data, out }) => ["constitution", "new", data, "--out", join(out, "draft")],
  },
  "writ constitution show": {
    does: "reads constitutions",
    argv: ({ data }) => ["constitution", "show", data],
    ends: 0,
  },
  "writ constitution sign": {
    does: "writes a signature beside a draft",
    argv: ({ data, out }) => [
      ...["constitution", "sign", join(out, "draft"), "--key", join(data, "keys/governance.key")],
    ],
  },
  "writ constitution install": {
    does: "adds a signed constitution to a stopped Bucket, from the end of its log on",
    argv: ({ data }) => ["constitution", "install", data, join(data, "bucket/constitution/0.note")],
    ends: 2,
  },
  "writ doctor": {
    does: "reads a deployment",
    argv: ({ data }) => ["doctor", data],
  },
  "writ caller add": {
    does: "writes the callers' file",
    argv: ({ data }) => ["caller", "add", data, "desk"],
    ends: 0,
  },
  "writ caller list": {
    does: "reads the callers' file",
    argv: ({ data }) => ["caller", "list", data],
    ends: 0,
  },
  "writ caller revoke": {
    does: "writes the callers' file",
    argv: ({ data }) => ["caller", "revoke", data, "desk"],
    ends: 0,
  },
  "writ auditor add": {
    does: "writes the auditors' file",
    argv: ({ data }) => ["auditor", "add", data, "desk"],
    ends: 0,
  },
  "writ auditor list": {
    does: "reads the auditors' file",
    argv: ({ data }) => ["auditor", "list", data],
    ends: 0,
  },
  "writ auditor revoke": {
    does: "writes the auditors' file",
    argv: ({ data }) => ["auditor", "revoke", data, "desk"],
    ends: 0,
  },
  "writ policy new": {
    does: "writes a policy elsewhere",
    argv: ({ out }) => ["policy", "new", join(out, "policy")],
    ends: 0,
  },
  "writ policy import-mcp": { does: "writes a policy elsewhere" },
  "writ policy check": {
    does: "reads a policy",
    argv: ({ policy }) => ["policy", "check", policy],
  },
  "writ policy test": { does: "reads a policy, which is no Bucket" },
  "writ policy explain": {
    does: "reads a policy",
    argv: ({ policy, out }) => ["policy", "explain", policy, join(out, "calls")],
    ends: 0,
  },
  "writ policy diff": { does: "reads two policies, which are no Bucket" },
  "writ policy digest": {
    does: "reads a policy",
    argv: ({ policy }) => ["policy", "digest", policy],
    ends: 0,
  },
  "writ policy sign": {
    does: "writes a signature beside a policy",
    argv: ({ policy, out }) => ["policy", "sign", policy, "--key", join(out, "some.key")],
    ends: 0,
  },
  "writ policy verify": {
    does: "reads a policy's signatures",
    argv: ({ data, policy }) => ["policy", "verify", policy, "--key", join(data, "log.vkey")],
  },
};

/** Verbs that bear a forbidden word and do something else: what running them leaves of the log shows it. */
export const HARMLESS_VERBS: ReadonlySet<string> = new Set(["writ replay"]);

/** Options that bear a forbidden word and do something else. */
export const HARMLESS_OPTIONS: ReadonlySet<string> = new Set(["writ reload --resume"]);
