import type { VNode } from "preact";
import { Fault } from "../parts/fault.tsx";
import { Gate } from "../parts/gate.tsx";
import { Notice } from "../parts/notice.tsx";
import { useAnswer } from "../parts/use-answer.ts";
import type { ViewProps } from "../shell/view.ts";
import type { Checkpoints } from "../source/answers.ts";
import type { LogSource } from "../source/source.ts";
import { SourceRefused } from "../source/source.ts";
import { Consistency } from "./consistency.tsx";
import { ConstitutionChain } from "./constitutions.tsx";
import { GrowthChart } from "./growth-chart.tsx";
import { LastCheckpoint } from "./last-checkpoint.tsx";
import { QuotaTable } from "./quotas.tsx";

/** *Log*: what the log signed, and the rules that it lives by. */
export function View(props: ViewProps): VNode {
  const { source } = props;
  return (
    <>
      <h1>Log</h1>
      <LastCheckpoint source={source} />
      {source.kind === "audit" && source.hasKey ? <Growth source={source} /> : null}
      <Consistency {...props} />
      <ForAuditors source={source} />
    </>
  );
}

function Growth({ source }: { readonly source: LogSource }): VNode {
  const { answer, fault } = useAnswer(
    (signal) => source.json<Checkpoints>("v1/growth", signal),
    [source],
  );
  const isRefused = fault instanceof SourceRefused && fault.code === "KEY_NEEDED";
  return (
    <section class="sheet growth" aria-labelledby="growth">
      <h2 id="growth">Checkpoints over time</h2>
      {answer === undefined ? null : <GrowthChart checkpoints={answer.checkpoints} />}
      {isRefused ? <Gate isRefused /> : null}
      {fault === undefined || isRefused ? null : <Fault fault={fault} />}
    </section>
  );
}

function ForAuditors({ source }: { readonly source: LogSource }): VNode {
  if (source.kind === "export") {
    return (
      <Notice>
        <p>An export holds no quotas and no constitutions: the audit process shows those.</p>
      </Notice>
    );
  }
  if (!source.hasKey) return <Gate />;
  return (
    <>
      <QuotaTable source={source} />
      <ConstitutionChain source={source} />
    </>
  );
}
