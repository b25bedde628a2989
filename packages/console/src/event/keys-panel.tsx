import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { readTrust } from "../proof/trust.ts";
import { forgetHeads } from "../trust/seen.ts";
import { pinnedTrust, pinTrust, type Trust, unpinTrust } from "../trust/trust.ts";

interface KeysProps {
  readonly trust: Trust;
  /** What the server states as its key; null if it gives none. */
  readonly served: string | null;
  readonly onChange: (trust: Trust) => void;
}

/** Whose signatures are believed here: pasted by hand, or the server's own key on first use. */
export function KeysPanel({ trust, served, onChange }: KeysProps): VNode {
  const pin = (next: Trust): void => {
    pinTrust(next);
    onChange(pinnedTrust());
  };
  const forget = (): void => {
    unpinTrust();
    forgetHeads();
    onChange(pinnedTrust());
  };
  return (
    <section class="sheet stack" aria-labelledby="keys-title">
      <h2 id="keys-title">Keys you believe</h2>
      {trust.log === null ? <FirstUse {...{ trust, served }} onPin={pin} /> : null}
      <PasteForm key={JSON.stringify(trust)} trust={trust} onPin={pin} />
      {trust.log === null ? null : (
        <p>
          <button type="button" class="button" onClick={forget}>
            Forget keys and the heads seen
          </button>
        </p>
      )}
    </section>
  );
}

function FirstUse({
  trust,
  served,
  onPin,
}: {
  readonly trust: Trust;
  readonly served: string | null;
  readonly onPin: (trust: Trust) => void;
}): VNode {
  if (served === null) return <p>This server states no key for its log.</p>;
  return (
    <>
      <p>
        This server says that its log's key is <code>{served}</code>. To pin it is trust on first
        use: from then on this browser notices another key, an older state or a second history, but
        nothing tells whether the first one was right. Better paste the key that you got elsewhere.
      </p>
      <p>
        <button
          type="button"
          class="button"
          onClick={() => onPin({ ...trust, log: served, by: "first use" })}
        >
          Pin the server's key, on first use
        </button>
      </p>
    </>
  );
}

function PasteForm({
  trust,
  onPin,
}: {
  readonly trust: Trust;
  readonly onPin: (trust: Trust) => void;
}): VNode {
  const [faults, setFaults] = useState<readonly string[]>([]);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string): string => String(fields.get(name) ?? "").trim();
    const [logKeys, witnessKeys, quorum] = [text("log"), text("witnesses"), text("quorum")];
    const read = readTrust({ logKeys, witnessKeys, quorum });
    const found = "faults" in read ? read.faults : logKeys.includes("\n") ? [ONE_KEY] : [];
    setFaults(found);
    if (found.length > 0) return;
    onPin({
      log: logKeys === "" ? null : logKeys,
      witnesses: witnessKeys.split("\n").flatMap((line) => line.trim() || []),
      quorum: quorum === "" ? null : Number(quorum),
      by: logKeys === trust.log ? trust.by : "hand",
    });
  };
  return (
    <form class="stack" onSubmit={submit}>
      <div class="field">
        <label for="log-key">The log's verifier key</label>
        <textarea id="log-key" name="log" rows={2} spellcheck={false}>
          {trust.log ?? ""}
        </textarea>
      </div>
      <div class="field">
        <label for="witness-keys">Witnesses' verifier keys, a line each</label>
        <textarea id="witness-keys" name="witnesses" rows={2} spellcheck={false}>
          {trust.witnesses.join("\n")}
        </textarea>
      </div>
      <div class="field quorum">
        <label for="quorum">How many of the witnesses must have cosigned (all, if empty)</label>
        <input
          id="quorum"
          name="quorum"
          inputMode="numeric"
          defaultValue={String(trust.quorum ?? "")}
        />
      </div>
      {faults.length === 0 ? null : (
        <div role="alert">
          {faults.map((fault) => (
            <p key={fault}>{fault}</p>
          ))}
        </div>
      )}
      <p>
        <button type="submit" class="button">
          Check with these keys, and pin them in this browser
        </button>
      </p>
    </form>
  );
}

const ONE_KEY = "Give one key of the log.";
