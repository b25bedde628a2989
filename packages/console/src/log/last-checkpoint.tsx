import { encodeBase64 } from "@writ/tlog/base64";
import type { VNode } from "preact";
import { Checks } from "../parts/checks.tsx";
import { Fault } from "../parts/fault.tsx";
import { Fields } from "../parts/fields.tsx";
import { count } from "../parts/format.ts";
import { Hash } from "../parts/hash.tsx";
import { plainLines, plainText } from "../parts/plain-text.ts";
import type { Settled } from "../parts/use-answer.ts";
import { type Check, Report } from "../proof/check.ts";
import { checkCheckpoint } from "../proof/checkpoint-checks.ts";
import type { LogSource } from "../source/source.ts";
import { type Believed, believedKeys } from "./trusted.ts";

export interface Opened extends Believed {
  readonly note: string;
  readonly checks: readonly Check[];
  readonly origin: string;
  readonly size: number;
  readonly root: string;
  /** Names on its signature lines, verified or not. */
  readonly signers: readonly string[];
}

/** The newest tree head, and who signed it: verified here. */
export function LastCheckpoint({ answer, fault }: Settled<Opened>): VNode {
  return (
    <section class="sheet" aria-labelledby="last">
      <h2 id="last">Last checkpoint</h2>
      {fault === undefined ? null : <Fault fault={fault} />}
      {answer === undefined ? null : <Shown opened={answer} />}
    </section>
  );
}

/** Fetches the newest head and checks who signed it, by the keys that are believed here. */
export async function openLast(source: LogSource, signal: AbortSignal): Promise<Opened> {
  const [believed, bytes] = await Promise.all([
    believedKeys(source, signal),
    source.bytes("checkpoint", signal),
  ]);
  const report = new Report();
  const read = checkCheckpoint(report, bytes, believed.trust);
  return {
    ...believed,
    note: plainLines(new TextDecoder().decode(bytes)),
    checks: report.checks,
    origin: plainText(read?.checkpoint.origin ?? "–"),
    size: read?.checkpoint.size ?? 0,
    root: read === undefined ? "–" : encodeBase64(read.checkpoint.root),
    signers: read?.note.signatures.map(({ name }) => plainText(name)) ?? [],
  };
}

function Shown({
  opened: { origin, size, root, signers, vkey, isPinned, checks, note },
}: {
  readonly opened: Opened;
}): VNode {
  return (
    <div class="two-columns">
      <div class="stack">
        <Fields
          rows={[
            ["Origin", origin],
            ["Events", count(size)],
            ["Root", <Hash key="root" text={root} />],
            ["Names on it", signers.join(", ")],
            ["Key", <Hash key="key" text={vkey} />],
            [
              "Believed",
              isPinned
                ? "because you pinned it in this browser"
                : "by the word of whoever served this page: compare it with one from elsewhere",
            ],
          ]}
        />
        <details>
          <summary>The signed note</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
          <pre class="scroll" tabIndex={0}>
            {note}
          </pre>
        </details>
      </div>
      <Checks checks={checks} />
    </div>
  );
}
