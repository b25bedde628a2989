import type { VNode } from "preact";
import { Fault } from "../parts/fault.tsx";
import { Gate } from "../parts/gate.tsx";
import { Notice } from "../parts/notice.tsx";
import { type Settled, settled, useAnswer } from "../parts/use-answer.ts";
import type { ViewProps } from "../shell/view.ts";
import type { Checkpoints, Constitutions, Quotas } from "../source/answers.ts";
import { type LogSource, SourceRefused } from "../source/source.ts";
import { Consistency } from "./consistency.tsx";
import { ConstitutionChain } from "./constitutions.tsx";
import { GrowthChart } from "./growth-chart.tsx";
import { LastCheckpoint, type Opened, openLast } from "./last-checkpoint.tsx";
import { QuotaTable } from "./quotas.tsx";

/** What auditors are told besides. */
interface ForAuditors {
  readonly growth: Settled<Checkpoints>;
  readonly quotas: Settled<Quotas>;
  readonly constitutions: Settled<Constitutions>;
}

interface Read {
  readonly last: Settled<Opened>;
  readonly inside: ForAuditors | undefined;
}

/** *Log*: what the log signed, and the rules that it lives by. */
export function View(props: ViewProps): VNode {
  const { source } = props;
  // All of it at once: sections that came one by one would push each other down.
  const { answer } = useAnswer((signal) => readAll(source, signal), [source]);
  return (
    <>
      <h1>Log</h1>
      {answer === undefined ? (
        <p class="quiet">Reading the log and checking its signature.</p>
      ) : (
        <>
          <LastCheckpoint {...answer.last} />
          {answer.inside === undefined ? null : <Growth {...answer.inside.growth} />}
          <Consistency {...props} />
          <Inside source={source} inside={answer.inside} />
        </>
      )}
    </>
  );
}

async function readAll(source: LogSource, signal: AbortSignal): Promise<Read> {
  const ask = <T,>(path: string): Promise<Settled<T>> => settled(source.json<T>(path, signal));
  const isInside = source.kind === "audit" && source.hasKey;
  const [last, growth, quotas, constitutions] = await Promise.all([
    settled(openLast(source, signal)),
    isInside ? ask<Checkpoints>("v1/growth") : undefined,
    isInside ? ask<Quotas>("v1/quotas") : undefined,
    isInside ? ask<Constitutions>("v1/constitutions") : undefined,
  ]);
  if (growth === undefined || quotas === undefined || constitutions === undefined) {
    return { last, inside: undefined };
  }
  return { last, inside: { growth, quotas, constitutions } };
}

function Growth({ answer, fault }: Settled<Checkpoints>): VNode {
  return (
    <section class="sheet" aria-labelledby="growth">
      <h2 id="growth">Checkpoints over time</h2>
      {answer === undefined ? <Fault fault={fault} /> : <GrowthChart {...answer} />}
    </section>
  );
}

function Inside({
  source,
  inside,
}: {
  readonly source: LogSource;
  readonly inside: ForAuditors | undefined;
}): VNode {
  if (source.kind === "export") {
    return (
      <Notice>
        <p>An export holds no quotas and no constitutions: the audit process shows those.</p>
      </Notice>
    );
  }
  if (inside === undefined) return <Gate />;
  if (isRefused(inside.quotas.fault)) return <Gate isRefused />;
  return (
    <>
      <QuotaTable {...inside.quotas} />
      <ConstitutionChain {...inside.constitutions} />
    </>
  );
}

function isRefused(fault: unknown): boolean {
  return fault instanceof SourceRefused && fault.code === "KEY_NEEDED";
}
