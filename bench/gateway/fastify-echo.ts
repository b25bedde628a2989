/** Reads JSON and answers with it, by Fastify as it comes. */
import type { Server } from "node:http";
import { moduleOf } from "../bucket/modules.ts";
import { portOf, tellPort } from "./tell-port.ts";

/** What this program uses of Fastify. */
interface Application {
  readonly server: Server;
  post(path: string, answer: (request: { readonly body: unknown }) => Promise<unknown>): void;
  listen(address: { readonly host: string; readonly port: number }): Promise<string>;
}

const app = moduleOf<() => Application>("fastify")();
app.post("/echo", async (request) => request.body);
await app.listen({ host: "127.0.0.1", port: 0 });
tellPort(portOf(app.server));
