// The behaviour validator of this sample: an HTTP service that judges a response's text by a list of
// words. A real deployment would ask a model; the protocol is the same.
//
//   node policies/assistant/validator/serve.ts [--port 8430]
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { judge, type Phrase, readPhrases } from "./judge.ts";

const maxBytes = 2 * 1024 * 1024;

async function textOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  try {
    const text: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"))?.input?.text;
    return typeof text === "string" ? text : undefined;
  } catch {
    return undefined;
  }
}

function serve(phrases: readonly Phrase[], port: number): void {
  const server = createServer(async (request, response) => {
    const text = request.method === "POST" ? await textOf(request) : undefined;
    // What it cannot read it does not judge: the gate then takes it for absent and blocks.
    if (text === undefined) return void response.writeHead(400).end();
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(judge(phrases, text)));
  });
  server.listen(port, "127.0.0.1", () => {
    const address = server.address();
    const bound = typeof address === "object" ? address?.port : port;
    process.stdout.write(`validator  http://127.0.0.1:${bound}\n`);
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
    });
  }
}

const { values } = parseArgs({ options: { port: { type: "string", default: "8430" } } });
const words = readFileSync(join(import.meta.dirname, "words.txt"), "utf8");
serve(readPhrases(words), Number(values.port));
