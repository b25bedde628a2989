import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Where an adapter's calls end: does nothing but count them, by attempt. */
export class CountingEndpoint {
  /** Decision ids, as often as each was called for, in order. */
  readonly calls: string[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece);
      const { enforcement_decision_id } = JSON.parse(String(Buffer.concat(pieces)));
      this.calls.push(enforcement_decision_id);
      response.setHeader("content-type", "application/json").end('{"done":true}');
    });
  }

  static async open(): Promise<CountingEndpoint> {
    const endpoint = new CountingEndpoint();
    endpoint.#server.listen(0, "127.0.0.1");
    await once(endpoint.#server, "listening");
    return endpoint;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/act`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
