import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";

/** Headers of one hop, and those that a changed body makes wrong. */
const HOP = ["connection", "keep-alive", "transfer-encoding", "content-length"];

/**
 * The suite calls tools by names of its own; Writ puts the server's name before them. This stands in
 * between, takes it off what is listed and puts it before what is called, and changes nothing else.
 * Resolves with the URL for the suite.
 */
export async function renaming(gateway: string, prefix: string): Promise<string> {
  const server = createServer((incoming, response) => {
    relay(incoming, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const to = new URL(`${gateway}/mcp`);

  async function relay(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = called(await textOf(incoming), prefix);
    const headers: NodeJS.Dict<string | string[]> = { ...incoming.headers };
    for (const name of HOP) delete headers[name];
    // The port is ours, not the gateway's; the host before it is what is tested.
    for (const name of ["host", "origin"]) {
      const value = headers[name];
      if (typeof value === "string") headers[name] = value.replace(`:${port}`, `:${to.port}`);
    }
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request(to, { method: incoming.method, headers }, resolve).once("error", reject).end(body);
    });
    const text = (await textOf(answer)).replaceAll(prefix, "");
    const kept = Object.entries(answer.headers).filter(([name]) => !HOP.includes(name));
    response.writeHead(answer.statusCode ?? 500, Object.fromEntries(kept)).end(text);
  }

  return `http://127.0.0.1:${port}/mcp`;
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString();
}

function called(body: string, prefix: string): string {
  const message = body.startsWith("{") ? JSON.parse(body) : undefined;
  if (message?.method !== "tools/call") return body;
  message.params.name = `${prefix}${message.params.name}`;
  return JSON.stringify(message);
}
