import { connect, type Socket } from "node:net";

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A request's bytes. */
export function post(
  path: string,
  key: string | undefined,
  body: string,
  type = "application/json",
): string {
  const authorization = key === undefined ? "" : `authorization: Bearer ${key}\r\n`;
  return `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${authorization}content-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** A connection that is opened when needed, and asks one thing at a time. */
export class Line {
  readonly #port: number;
  #socket: Socket | undefined;
  #received = "";
  #settle: ((answer: Answer | undefined) => void) | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  get isBusy(): boolean {
    return this.#settle !== undefined;
  }

  /** The answer; undefined if the connection was lost first. */
  ask(request: string): Promise<Answer | undefined> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#open().write(request);
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    if (this.#socket?.writable === true) return this.#socket;
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    this.#received = "";
    this.#socket = socket;
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#socket === socket) this.#end(undefined);
    });
    socket.on("data", (piece: Buffer) => this.#take(piece.toString("latin1")));
    return socket;
  }

  #take(piece: string): void {
    this.#received += piece;
    const end = this.#received.indexOf("\r\n\r\n");
    if (end < 0) return;
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#received.slice(0, end + 2))?.[1];
    const body = this.#received.slice(end + 4);
    if (length === undefined || body.length < Number(length)) return;
    const status = Number(this.#received.slice(9, 12));
    this.#received = "";
    this.#end({ status, body });
  }

  #end(answer: Answer | undefined): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(answer);
  }
}
