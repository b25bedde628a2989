import { deploymentAt } from "../deployment.ts";
import { orderVerb } from "../gate/order-verb.ts";
import { OperatorError } from "../operator-error.ts";
import type { Verb } from "../verb.ts";

export const verb: Verb = orderVerb({
  help: `writ reload (--config FILE | --data DIR) [--resume]

Has the running gateway read its policy and TLS files again. The new policy is loaded, checked for
the signatures that writ.yaml asks for, and tried on its canaries beside the one that decides;
attempts under way end on theirs, those that begin later are decided by the new one. What does not
load, is not signed or fails a canary changes nothing. SIGHUP to the gateway's process does the same
and says what came of it in its log.

  --config FILE  writ.yaml, for its data folder
  --data DIR     the data folder
  --resume       also where writ halt was given: arms the policy again

Exit 0 if the policy that lies there now decides, 1 if it was refused and nothing has changed, 2 if
no gateway is running.

example: writ reload --config writ.yaml
`,
  options: { resume: { type: "boolean" } },
  order: (args) => ({ order: "reload", resume: args.flags.resume === true }),
  async unheard(data) {
    throw new OperatorError(`no gateway runs on ${deploymentAt(data).data}: start one`);
  },
});
