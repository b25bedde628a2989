/** Reads JSON and answers with it, by node:http alone. */
import { createServer } from "node:http";
import { portOf, tellPort } from "./tell-port.ts";

const server = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => {
    const text = JSON.stringify(JSON.parse(Buffer.concat(pieces).toString()));
    response.writeHead(200, {
      "content-type": "application/json; charset=utf-8",
      "content-length": Buffer.byteLength(text),
    });
    response.end(text);
  });
});
server.listen(0, "127.0.0.1", () => tellPort(portOf(server)));
