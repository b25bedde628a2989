// The recording process of `writ serve`, which also measures itself: `node bucket.ts DATA`.
import { startBucket } from "../../packages/cli/src/processes/bucket.ts";
import type { FromBucket, ToBucket } from "./messages.ts";

function say(message: FromBucket): void {
  process.send?.(message);
}

const began = performance.now();
const running = await startBucket({ data: process.argv[2] ?? "" });
say({ kind: "open", ms: performance.now() - began });

process.on("message", async (message: ToBucket) => {
  if (message === "usage") {
    const { user, system } = process.cpuUsage();
    say({ kind: "usage", rss: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 });
    return;
  }
  const asked = performance.now();
  await running.stop();
  say({ kind: "closed", ms: performance.now() - asked });
  process.disconnect();
});
process.on("disconnect", () => process.exit());
