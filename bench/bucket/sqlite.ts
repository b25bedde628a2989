/**
 * SQLite behind the plain protocol: `node sqlite.ts SOCKET FILE [--grouped]`. WAL, synchronous=FULL;
 * one transaction an event, or grouped: one for all that wait.
 */
import { DatabaseSync } from "node:sqlite";
import { type Batch, type Store, servePlain } from "./plain-server.ts";
import { LENGTH_BYTES } from "./plain-wire.ts";

class Table implements Store {
  readonly isBlocking = true;
  readonly #database: DatabaseSync;
  readonly #insert: (event: Uint8Array) => void;
  readonly #isGrouped: boolean;

  constructor(path: string, isGrouped: boolean) {
    this.#database = new DatabaseSync(path);
    this.#database.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
    this.#database.exec("CREATE TABLE event (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT");
    const insert = this.#database.prepare("INSERT INTO event (bytes) VALUES (?)");
    this.#insert = (event) => void insert.run(event);
    this.#isGrouped = isGrouped;
  }

  commit({ gathering }: Batch, durable: (count: number) => void): void {
    const { bytes, length } = gathering;
    if (this.#isGrouped) this.#database.exec("BEGIN");
    for (let at = 0; at < length; ) {
      const start = at + LENGTH_BYTES;
      at = start + bytes.readUInt16BE(at);
      this.#insert(bytes.subarray(start, at));
      if (!this.#isGrouped) durable(1);
    }
    if (this.#isGrouped) this.#database.exec("COMMIT");
  }
}

const [, , socketPath = "", path = "", flag] = process.argv;
await servePlain(socketPath, new Table(path, flag === "--grouped"));
