/**
 * The gateway without a Bucket: `node unrecorded.ts POLICY` decides, makes the record, and keeps it
 * nowhere. What is left of a decision's cost is all that no faster Bucket could take away.
 */
import type { AppendDoor, Ending } from "@writ/bucket/append";
import { formatDecisionId } from "@writ/contract/decision-id";
import { type Enforcement, utcNow } from "@writ/enforce";
import { armPolicy } from "@writ/engine/policy-folder";
import { createGateway } from "@writ/gateway/server";
import { OneAttempt } from "../../packages/enforce/src/attempt.ts";
import { tellPort } from "./tell-port.ts";

const COMMITTED: Ending = { ending: "committed" };
const UNKNOWN = { ending: "unknown" } as const;

const nowhere: AppendDoor = {
  append: () => Promise.resolve(COMMITTED),
  admit: () => Promise.resolve(UNKNOWN),
  closed: new Promise(() => {}),
  close: () => Promise.resolve(),
};

const engine = await armPolicy(process.argv[2] ?? ".");
let taken = 0;
const enforcement: Enforcement = {
  begin() {
    taken += 1;
    return new OneAttempt({
      engine,
      validators: undefined,
      adapters: new Map(),
      now: utcNow,
      place: { decisionId: formatDecisionId("0123456789abcdef", 1, taken), door: nowhere },
      onViolation: (line) => process.stderr.write(`${line}\n`),
      onEnd() {},
    });
  },
  rearm() {},
  engineVersion: engine.version,
  ready: true,
  epoch: 1,
  inFlight: 0,
  free: 1_000,
  close: () => Promise.resolve(),
};
const gateway = createGateway(enforcement);
const { port } = await gateway.listen({ host: "127.0.0.1", port: 0 });
tellPort(port);
