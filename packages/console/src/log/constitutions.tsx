import type { VNode } from "preact";
import { Checks } from "../parts/checks.tsx";
import { Fault } from "../parts/fault.tsx";
import { Fields } from "../parts/fields.tsx";
import { count } from "../parts/format.ts";
import type { Settled } from "../parts/use-answer.ts";
import type { Constitutions } from "../source/answers.ts";
import { checkChain, type Link } from "./constitution.ts";

/** The rules that the log lives by, link by link, each checked here; the one in force first. */
export function ConstitutionChain({ answer, fault }: Settled<Constitutions>): VNode {
  const links = answer === undefined ? undefined : checkChain(answer.constitutions);
  const last = (links?.length ?? 0) - 1;
  return (
    <section class="sheet stack" aria-labelledby="constitutions">
      <h2 id="constitutions">Constitutions</h2>
      {fault === undefined ? null : <Fault fault={fault} />}
      {links
        ?.map((link, number) => (
          <details key={link.digest} open={number === last}>
            <summary>
              {number}
              {number === last ? ", in force" : ""}, from {count(link.rules?.from.size ?? 0)} events
              {link.checks.every(({ answer }) => answer === "holds") ? "" : ": does not hold"}
            </summary>
            <LinkOf link={link} />
          </details>
        ))
        .reverse()}
    </section>
  );
}

function LinkOf({ link: { digest, rules, checks } }: { readonly link: Link }): VNode {
  return (
    <div class="two-columns constitution">
      <Fields
        rows={[
          ["Digest", <code key="digest">{digest}</code>],
          ["Origin", rules?.origin ?? "–"],
          ["Log's key", <code key="key">{rules?.log_key ?? "–"}</code>],
          [
            "Governance",
            <KeyList
              key="governance"
              lead={`${rules?.governance.threshold ?? "–"} must sign, of`}
              keys={rules?.governance.keys ?? []}
            />,
          ],
          [
            "Writers",
            <KeyList
              key="writers"
              lead={`${rules?.writers.length ?? 0}`}
              keys={(rules?.writers ?? []).map(({ name }) => name)}
            />,
          ],
          [
            "Witnesses",
            <KeyList
              key="witnesses"
              lead={`${rules?.witnesses.length ?? 0}`}
              keys={(rules?.witnesses ?? []).map(({ key }) => key)}
            />,
          ],
        ]}
      />
      <Checks checks={checks} />
    </div>
  );
}

function KeyList({
  lead,
  keys,
}: {
  readonly lead: string;
  readonly keys: readonly string[];
}): VNode {
  return (
    <>
      {lead}
      <ul>
        {keys.map((key) => (
          <li key={key}>
            <code>{key}</code>
          </li>
        ))}
      </ul>
    </>
  );
}
