import { readFileSync } from "node:fs";
import { type Denial, serveAppends } from "@writ/bucket/append/server";
import { type Enforcement, openEnforcement } from "@writ/enforce";
import { loadBundle } from "@writ/engine/bundle";
import { arm, type Engine } from "@writ/engine/engine";
import { DenialLog } from "../../../packages/cli/src/denial-log.ts";
import { deploymentAt } from "../../../packages/cli/src/deployment.ts";
import { openDeployed } from "../../../packages/cli/src/processes/bucket.ts";
import { Tap } from "../tap.ts";
import { constitutionBytes, logBytes, type Place, POLICY, preparePlace } from "../world.ts";
import type { Ledger } from "./table.ts";

/** A Bucket on disk and an enforcement before it, both in this process, so that every cause is seen. */
export interface Scene extends Place, Ledger {
  readonly enforcement: Enforcement;
  /** Between the enforcement and its Bucket. */
  readonly tap: Tap;
  /** What the Bucket turned away, in order. */
  readonly denials: readonly Denial[];
  /** How often its operator was told of each cause. */
  readonly counts: DenialLog["counts"];
  /** What the enforcement told its operator of. */
  readonly violations: readonly string[];
  close(): Promise<void>;
}

export async function openScene(): Promise<Scene> {
  const place = preparePlace({ writers: 3 });
  const { deployment, bucketSocket, gatewaySocket, constitution } = place;
  const { writer } = openDeployed(deployment);
  const denials: Denial[] = [];
  const book = new DenialLog({ now: Date.now, write: () => {} });
  const server = await serveAppends({
    writer,
    constitution,
    socketPath: bucketSocket,
    onFatal(error) {
      throw error;
    },
    onDenial(denial) {
      denials.push(denial);
      book.take(denial);
    },
  });
  const tap = await Tap.open(gatewaySocket, bucketSocket);
  const violations: string[] = [];
  const enforcement = await openAsGateway(place, (line) => violations.push(line));
  return {
    ...place,
    enforcement,
    tap,
    denials,
    counts: book.counts,
    violations,
    log: () => logBytes(deployment.bucket),
    constitutions: () => constitutionBytes(deployment.bucket),
    async close() {
      await enforcement.close();
      tap.close();
      await server.close();
      await writer.close();
    },
  };
}

function openAsGateway(
  { gatewayData, gatewaySocket, constitution, writer }: Place,
  onViolation: (line: string) => void,
): Promise<Enforcement> {
  const own = deploymentAt(gatewayData);
  return openEnforcement({
    engine: engineOf(POLICY),
    socketPath: gatewaySocket,
    origin: constitution.origin,
    logKey: readFileSync(own.gatewayVkey, "utf8").trim(),
    writer,
    epochFile: own.epoch,
    adapters: new Map([
      ["say", { name: "mouth", deadlineMs: 1_000, maxResultBytes: 100, run: async () => null }],
    ]),
    maxInFlight: 64,
    now: () => new Date().toISOString(),
    onViolation,
    onChange: () => {},
  });
}

function engineOf(policy: string): Engine {
  const loaded = loadBundle([{ path: "words.yaml", text: policy }]);
  if ("faults" in loaded) throw new Error(JSON.stringify(loaded.faults));
  return arm(loaded.bundle);
}
