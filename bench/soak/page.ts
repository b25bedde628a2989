import { machineLine } from "../gateway/page.ts";
import { type Seen, total, type Verdict } from "./verdicts.ts";

/** bench/results/soak.md, whole. */
export function page(seen: Seen, verdicts: readonly Verdict[], folder: string): string {
  const { capacity, seconds, connections, mostHostile, acts } = seen;
  const held = verdicts.map(
    ({ holds, line }) => `- ${holds ? "" : "**Does not hold:** "}${line}\n`,
  );
  const rows = Object.entries(acts).map(([name, count]) => `| ${name} | ${count} |\n`);
  return `# A gateway at twice its capacity, among clients that mean harm

    node bench/soak.ts --minutes ${seconds / 60} --write

${machineLine(folder)}

The gateway and its Bucket as served, plain HTTP, three callers by key. Its capacity is the most that
was ever answered to one caller, before or within the run: ${capacity.toFixed(0)} attempts a second. For ${seconds}
seconds one caller asks for twice that. Beside it clients that mean harm, with a good key of 200
attempts a second or none: up to
${mostHostile} connections at a time, of ${connections} that both may open, begun anew whenever they are cut off,
${total(acts)} in all.
Beside them thirty honest callers, each with a connection of its own, asking one thing after another,
every second one for an action that an adapter carries out. All clients and servers share the machine.

${held.join("")}
| what those who mean harm did | times |
|---|---:|
${rows.join("")}`;
}
