import type { Line } from "./line.ts";
import { moduleOf } from "./modules.ts";

interface Pool {
  query(
    statement: string | { name: string; text: string; values: readonly unknown[] },
  ): Promise<unknown>;
  connect(): Promise<{ release(): void }>;
  end(): Promise<void>;
}

interface Pg {
  readonly Pool: new (options: {
    host: string;
    user: string;
    database: string;
    max: number;
    idleTimeoutMillis: number;
  }) => Pool;
}

/** One prepared INSERT an event, each its own commit, over as many connections as are in flight. */
export class PostgresLine implements Line {
  readonly #pool: Pool;
  readonly #connections: number;

  static async open(folder: string, connections: number): Promise<PostgresLine> {
    const line = new PostgresLine(folder, connections);
    await line.#pool.query("CREATE TABLE event (id bigserial PRIMARY KEY, bytes bytea NOT NULL)");
    return line;
  }

  private constructor(folder: string, connections: number) {
    const { Pool } = moduleOf<Pg>("pg");
    this.#connections = connections;
    this.#pool = new Pool({
      host: folder,
      user: "bench",
      database: "postgres",
      max: connections,
      idleTimeoutMillis: 0,
    });
  }

  async prepare(inFlight: number): Promise<void> {
    const wanted = Math.min(inFlight, this.#connections);
    const taken = await Promise.all(Array.from({ length: wanted }, () => this.#pool.connect()));
    for (const one of taken) one.release();
  }

  append(event: Uint8Array, done: () => void): void {
    const values = [event];
    void this.#pool
      .query({ name: "append", text: "INSERT INTO event (bytes) VALUES ($1)", values })
      .then(done);
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}
