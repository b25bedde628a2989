import { CHECKS, type Check, verdictOf } from "../proof/check.ts";
import { type Examined, examine } from "../proof/examine.ts";
import { tilesFrom } from "../proof/source-tiles.ts";
import { NO_TRUST, readTrust, type Trust } from "../proof/trust.ts";
import type { LogSource } from "../source/source.ts";
import { headSeen, keepHead } from "../trust/seen.ts";
import type { Trust as Pinned } from "../trust/trust.ts";
import type { ReadEvent } from "./read-event.ts";

/** What this browser worked out of an event, and by which key. */
export interface Proved {
  readonly examined: Examined;
  /** The key of the log that was asked by; null if there was none. */
  readonly vkey: string | null;
  /** The server's own word for its key; null if it gives none. */
  readonly served: string | null;
}

/**
 * Proves an event by checkpoint and tiles. By the keys that are pinned; without one, by what the
 * server says of itself, which leaves the proof open: it agrees with itself and shows no more.
 */
export async function proveEvent(
  source: LogSource,
  { index, asked, bytes, checkpoint, isShown }: ReadEvent,
  pinned: Pinned,
  signal?: AbortSignal,
): Promise<Proved> {
  const served = await servedKey(source, signal);
  const vkey = pinned.log ?? served;
  const { trust, faults } = believed(vkey, pinned);
  const origin = trust.logs[0]?.name;
  const examined = await examine({
    event: bytes,
    index,
    asked,
    checkpoint,
    trust,
    seen: origin === undefined || pinned.log === null ? null : headSeen(origin),
    fetchTile: tilesFrom(source, signal),
  });
  const checks = [keyCheck(pinned, served, faults), ...examined.checks];
  if (examined.checkpoint !== undefined && pinned.log !== null && isShown) {
    keepHead(examined.checkpoint, checks);
  }
  return { examined: { ...examined, checks, verdict: verdictOf(checks) }, vkey, served };
}

async function servedKey(source: LogSource, signal?: AbortSignal): Promise<string | null> {
  try {
    return (await source.text("vkey", signal)).trim();
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return null;
  }
}

function believed(
  vkey: string | null,
  { witnesses, quorum }: Pinned,
): { readonly trust: Trust; readonly faults: readonly string[] } {
  const read = readTrust({
    logKeys: vkey ?? "",
    witnessKeys: witnesses.join("\n"),
    quorum: quorum === null ? "" : String(quorum),
  });
  return "trust" in read ? { ...read, faults: [] } : { trust: NO_TRUST, faults: read.faults };
}

function keyCheck({ log, by }: Pinned, served: string | null, [fault]: readonly string[]): Check {
  const answer = (given: Check["answer"], sentence: string, code: Check["code"] = null): Check => {
    return { check: "key", title: CHECKS.key, answer: given, sentence, code };
  };
  if (fault !== undefined) return answer("fails", fault, "KEY_WRONG");
  if (log === null) {
    return answer(
      "unasked",
      "No key is pinned: what follows is checked against the key that this server states for itself, which proves nothing by itself.",
    );
  }
  const other = served === null || served === log ? "" : OTHER_NOW;
  return answer(
    "holds",
    by === "hand"
      ? `The key pinned in this browser was given by hand.${other}`
      : `The key pinned in this browser was taken from this server when it was first used: it shows that nothing changed since, and no more.${other}`,
  );
}

const OTHER_NOW =
  " The server states another key for itself now. If you know why (its log was begun anew, or has a new key), forget the pinned one; if not, ask its operator.";
