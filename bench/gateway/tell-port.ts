import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Tells the parent where this process listens, and ends with it. */
export function tellPort(port: number): void {
  process.on("disconnect", () => process.exit());
  process.send?.({ kind: "ready", port });
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
