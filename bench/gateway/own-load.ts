/** Load from Node, where wrk is missing: measures a stretch for each message of its parent. */
import { connect, type Socket } from "node:net";
import type { Measured, Stretch } from "./load.ts";

const MAX_SAMPLES = 4_000_000;

class Load {
  readonly #stretch: Stretch;
  readonly #requests: readonly Buffer[];
  readonly #latencies = new Float32Array(MAX_SAMPLES);
  #answered = 0;
  #errors = 0;
  #next = 0;
  #isOver = false;

  constructor(stretch: Stretch) {
    this.#stretch = stretch;
    const { path, type } = stretch;
    this.#requests = stretch.bodies.map((body) =>
      Buffer.from(
        `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      ),
    );
  }

  async run(): Promise<Measured> {
    const { connections, ms } = this.#stretch;
    const start = performance.now();
    const sockets = Array.from({ length: connections }, () => this.#lane());
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#isOver = true;
    const seconds = (performance.now() - start) / 1000;
    for (const socket of sockets) socket.destroy();
    const sorted = this.#latencies.subarray(0, this.#answered).sort();
    const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
    const counts = { requests: this.#answered, errors: this.#errors };
    return { ...counts, seconds, p50: at(0.5), p99: at(0.99) };
  }

  #lane(): Socket {
    const socket = connect({ port: this.#stretch.port, host: "127.0.0.1", noDelay: true });
    let sentAt = 0;
    let received = "";
    const send = (): void => {
      const request = this.#requests[this.#next];
      this.#next = (this.#next + 1) % this.#requests.length;
      sentAt = performance.now();
      if (request !== undefined) socket.write(request);
    };
    socket.on("connect", send);
    socket.on("error", () => {
      if (!this.#isOver) this.#errors += 1;
    });
    socket.on("data", (piece: Buffer) => {
      received += piece.toString("latin1");
      if (!isWhole(received)) return;
      if (!received.startsWith("HTTP/1.1 2")) this.#errors += 1;
      received = "";
      if (this.#isOver || this.#answered === MAX_SAMPLES) return;
      this.#latencies[this.#answered] = performance.now() - sentAt;
      this.#answered += 1;
      send();
    });
    return socket;
  }
}

/** Whether an answer has ended: by its length, or by its last chunk. */
function isWhole(answer: string): boolean {
  const end = answer.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer.slice(0, end + 2))?.[1];
  return length === undefined
    ? answer.endsWith("\r\n0\r\n\r\n")
    : answer.length >= end + 4 + Number(length);
}

process.on("message", async (stretch: Stretch) => {
  process.send?.(await new Load(stretch).run());
});
process.on("disconnect", () => process.exit());
process.send?.({ kind: "ready" });
