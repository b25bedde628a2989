import { join } from "node:path";
import { start } from "../bucket/child.ts";
import { Skipped } from "../bucket/system.ts";
import type { Contender, Served } from "./server.ts";
import { ENVELOPES } from "./workload.ts";

/** A server that answers with what it was sent. */
function echo(name: string, title: string, means: string, script: string): Contender {
  return {
    name,
    title,
    means,
    async start(): Promise<Served> {
      const { child, ready } = await start(join(import.meta.dirname, script), []).catch(() => {
        throw new Skipped(`${script} did not start; run npm ci --prefix bench`);
      });
      return {
        pids: [child.pid],
        port: (ready as { readonly port: number }).port,
        path: "/echo",
        type: "application/json",
        bodies: ENVELOPES.map(({ body }) => body),
        perBody: 1,
        // It refuses nothing.
        proof: ENVELOPES.map(({ body }) => ({ body, isRefused: false })),
        isRefusal: (answer) => !answer.startsWith('{"category":"payment"'),
        stop: () => child.stop(),
      };
    },
  };
}

export const NODE_ECHO: Contender = echo(
  "node",
  "bare node:http echo",
  "parses the JSON and sends it back; decides nothing, writes nothing",
  "echo.ts",
);

export const FASTIFY_ECHO: Contender = echo(
  "fastify",
  "bare Fastify echo",
  "the same through Fastify's own parser and serializer, without a schema",
  "fastify-echo.ts",
);
