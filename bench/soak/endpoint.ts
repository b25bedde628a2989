/** Where the adapter's calls end. */
import { createServer } from "node:http";
import { portOf, tellPort } from "../gateway/tell-port.ts";

const server = createServer((request, response) => {
  request.resume().on("end", () => {
    response.setHeader("content-type", "application/json").end('{"done":true}');
  });
});
server.listen(0, "127.0.0.1", () => tellPort(portOf(server)));
