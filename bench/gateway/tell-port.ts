import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Tells the parent that this server listens, and ends with it. */
export function tellPort(server: Server): void {
  process.on("disconnect", () => process.exit());
  process.send?.({ kind: "ready", port: (server.address() as AddressInfo).port });
}
