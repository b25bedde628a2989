import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Said {
  /** 0 where the connection ended without an answer. */
  readonly status: number;
  readonly headers: string;
  readonly body: string;
}

/** One request as it stands, whatever its method is, on a connection of its own. */
export async function exchange(port: number, asked: Asked): Promise<Said> {
  const { method, path, headers = {}, body = "" } = asked;
  const target = method === "CONNECT" ? "elsewhere.example:1" : path;
  const lines = Object.entries({
    host: "door",
    connection: "close",
    ...(body === "" ? {} : { "content-length": `${Buffer.byteLength(body)}` }),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}`);
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write([`${method} ${target} HTTP/1.1`, ...lines, "", body].join("\r\n"));
  const answer = await text(socket).catch(() => "");
  const end = answer.indexOf("\r\n\r\n");
  return {
    status: Number(answer.split(" ", 2)[1] ?? 0),
    headers: answer.slice(0, end).toLowerCase(),
    body: answer.slice(end + 4),
  };
}

/** Ways to say another method than the one that is sent. */
export function disguised(method: string): Readonly<Record<string, string>> {
  return {
    "x-http-method-override": method,
    "x-http-method": method,
    "x-method-override": method,
  };
}
