import { deploymentAt } from "../deployment.ts";
import { markerPath, markHalted } from "../gate/halt-marker.ts";
import { orderVerb } from "../gate/order-verb.ts";
import type { Verb } from "../verb.ts";

export const verb: Verb = orderVerb({
  help: `writ halt (--config FILE | --data DIR)

An emergency stop: every attempt that begins from now on is BLOCK, and recorded as such. The running
gateway arms a bundle that it makes of the one that decides, each category always: BLOCK, which has
an engine_version of its own; it needs no signature, since it can only block more. It stays so over
restarts and SIGHUP, until writ reload is told to resume. Where no gateway runs, the next one starts
halted.

  --config FILE  writ.yaml, for its data folder
  --data DIR     the data folder

Exit 0 if it is halted and stays so, 1 if a restart would lift it (the line says why), 2 if it could
not be asked for.

example: writ halt --data .writ
`,
  options: {},
  order: () => ({ order: "halt" }),
  async unheard(data, again) {
    await markHalted(markerPath(deploymentAt(data).gateway), new Date().toISOString());
    // One that was starting may have looked for the marker before it was there.
    return (await again()) ?? { done: true, line: "no gateway runs: the next one starts halted" };
  },
});
