import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { isInstalled } from "./modules.ts";
import { installed, run } from "./program.ts";
import { Skipped, type System } from "./system.ts";

const MODULE = "github.com/nats-io/nats-server/v2";
const VERSION = "v2.15.2";
const host = "127.0.0.1";

function jetStream(name: string, title: string, means: string, setting: string): System {
  return {
    name,
    title,
    means,
    async start({ folder, tools, say }) {
      if (!isInstalled("@nats-io/jetstream")) {
        throw new Skipped("its client is not installed: npm ci --prefix bench");
      }
      say(`building nats-server ${VERSION}, unless it is there`);
      const server = installed("nats-server", MODULE, VERSION, tools);
      const port = await freePort();
      const config = join(folder, "nats.conf");
      const store = JSON.stringify(join(folder, "store"));
      writeFileSync(
        config,
        `host: ${host}\nport: ${port}\njetstream { store_dir: ${store}\n${setting} }\n`,
      );
      const program = await run(server, ["-c", config], { port, host });
      return {
        line: { kind: "jetstream", port },
        pid: program.pid,
        remark: `nats-server ${VERSION}`,
        stop: () => program.stop(),
      };
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}

export const JETSTREAM_SYNCED: System = jetStream(
  "jetstream",
  "NATS JetStream, sync_interval: always",
  "file storage, one replica, over TCP; an fsync before each acknowledgement",
  "sync_interval: always",
);

export const JETSTREAM_DEFAULT: System = jetStream(
  "jetstream-default",
  "NATS JetStream, default (not synced)",
  "the same, synced every two minutes: a loss of power takes what was acknowledged since",
  "",
);
