/** Reads JSON and answers with it, by Fastify as it comes. */
import fastify from "fastify";
import { tellPort } from "./tell-port.ts";

const app = fastify();
app.post("/echo", async (request) => request.body);
await app.listen({ host: "127.0.0.1", port: 0 });
tellPort(app.server);
