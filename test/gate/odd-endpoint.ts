import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  readonly authorization: string | undefined;
  readonly body: {
    readonly trace_id: string;
    readonly enforcement_decision_id: string;
    readonly input: { readonly what: string };
  };
}

/** Ways to answer, by what is ordered; anything else is served. */
const WAYS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  broken: (response) => response.writeHead(500).end('{"served":"nothing"}'),
  silent: () => {},
  huge: (response) => response.end(JSON.stringify("x".repeat(2_000))),
  prose: (response) => response.end("it is on its way"),
  elsewhere: (response) => response.writeHead(307, { location: "/served" }).end(),
};

/** Where an adapter's calls end, and where all goes wrong that can. */
export class OddEndpoint {
  readonly asked: Asked[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece);
      const body: Asked["body"] = JSON.parse(String(Buffer.concat(pieces)));
      this.asked.push({ authorization: request.headers.authorization, body });
      const way = WAYS[body.input.what];
      if (way !== undefined) return way(response);
      response.end(JSON.stringify({ served: body.input.what }));
    });
  }

  static async open(): Promise<OddEndpoint> {
    const endpoint = new OddEndpoint();
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
