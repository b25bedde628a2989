import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * Keeps a server's connections to a number. When one more comes, one goes: the one that has been
 * silent longest, or, if all are being answered, the one whose answer has been under way longest. So
 * whoever holds connections open holds them against itself: a reader that asks as soon as it has
 * connected always gets in, and is out again long before its turn to go.
 */
export class Connections {
  readonly #most: number;
  /** Both in the order in which they came to be so. */
  readonly #silent = new Set<Socket>();
  readonly #answered = new Set<Socket>();

  constructor(server: Server, most: number) {
    this.#most = most;
    // Those that were made to go are counted until they have closed: twice as many bound that too.
    server.maxConnections = 2 * most;
    server.on("connection", (socket: Socket) => this.#take(socket));
    server.on("request", ({ socket }: { readonly socket: Socket }, response: ServerResponse) => {
      this.#answering(socket, response);
    });
  }

  #take(socket: Socket): void {
    if (this.#silent.size + this.#answered.size >= this.#most) this.#drop();
    this.#silent.add(socket);
    socket.once("close", () => {
      this.#silent.delete(socket);
      this.#answered.delete(socket);
    });
  }

  #answering(socket: Socket, response: ServerResponse): void {
    this.#silent.delete(socket);
    this.#answered.add(socket);
    response.once("close", () => {
      this.#answered.delete(socket);
      if (!socket.destroyed) this.#silent.add(socket);
    });
  }

  #drop(): void {
    const [oldest] = this.#silent.size > 0 ? this.#silent : this.#answered;
    if (oldest === undefined) return;
    this.#silent.delete(oldest);
    this.#answered.delete(oldest);
    oldest.destroy();
  }
}
