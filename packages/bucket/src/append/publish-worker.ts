/** The thread that `PublishingThread` starts: a `Publisher` on this machine's disk. */
import { parentPort, workerData } from "node:worker_threads";
import { machineClock } from "./clock.ts";
import { diskFiles } from "./files.ts";
import { Publisher } from "./publish.ts";
import type { FromThread, ThreadOptions, ToThread } from "./publish-thread.ts";

/** Heads are taken this far apart at least: each one costs the commits a message. */
const HEAD_MS = 20;

const port = parentPort;
if (port === null) throw new Error("this module runs as a thread of an open log");

function say(message: FromThread): void {
  port?.postMessage(message);
}

const options: ThreadOptions = workerData;
const publisher = new Publisher({
  ...options,
  files: diskFiles,
  clock: machineClock,
  onFault: (cause) => say({ kind: "fault", cause }),
});

port.on("message", async (message: ToThread) => {
  if (message.kind === "offer") {
    publisher.offer(message.head);
    machineClock.after(HEAD_MS, () => say({ kind: "taken" }));
  } else if (message.kind === "flush") {
    await publisher.flush();
    say({ kind: "flushed" });
  } else {
    await publisher.stop();
    port.close();
  }
});
publisher.start();
