import type { Socket } from "node:net";
import type { Settings } from "../config/table.ts";
import { AGENTS_SOCKET, deploymentAt } from "../deployment.ts";
import { claimFolder } from "../gate/claim.ts";
import { hearOrder } from "../gate/control.ts";
import { openGate } from "../gate/gate.ts";
import { OrderDesk } from "../gate/order-desk.ts";
import { openAgentsSocket } from "../mcp/agents-socket.ts";
import type { Running } from "./child.ts";

export interface GatewayOptions {
  readonly settings: Settings;
  readonly data: string;
  readonly policy: string;
}

/** Closing listeners, the connection to the Bucket and the logs, once the last attempt is over. */
const CLOSING_MS = 3_000;

/** Starts the deciding process. It reads its own part of the data folder and the policy, no more. */
export async function startGateway({ settings, data, policy }: GatewayOptions): Promise<Running> {
  const deployment = deploymentAt(data);
  // Under the permission model it was started there: to go there takes a right to the whole of it.
  if (process.permission === undefined) process.chdir(deployment.data);
  const desk = new OrderDesk();
  const connections = new Set<Socket>();
  // First of all: a second gateway would take the numbers of this one's attempts. A relative path,
  // since a socket's may not be long.
  const claim = await claimFolder("gateway", (socket) => {
    connections.add(socket.once("close", () => connections.delete(socket)));
    hearOrder(socket, desk);
  });
  const release = async (): Promise<void> => {
    for (const each of connections) each.destroy();
    await claim.release();
  };
  try {
    const gate = await openGate(settings, deployment, policy);
    const onHangup = (): void => void gate.take({ order: "reload", resume: false });
    process.on("SIGHUP", onHangup);
    desk.open(gate);
    const agents =
      settings.mcp.servers.size > 0 ? await openAgentsSocket(AGENTS_SOCKET, gate.converse) : null;
    return {
      port: gate.port,
      stopMs: gate.closeMs + CLOSING_MS,
      async stop() {
        agents?.stop();
        await gate.close();
        await agents?.close();
        process.off("SIGHUP", onHangup);
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}
