import { type AppendDoor, connectBucket } from "@writ/bucket/append";
import { openWriterKey } from "@writ/bucket/writer-key";
import type { Line, WriterSpec } from "./line.ts";

/** One of Writ's own doors. */
export class WritLine implements Line {
  readonly #door: AppendDoor;

  static async connect(socketPath: string, spec: WriterSpec): Promise<WritLine> {
    const { key, epoch, origin, logKey } = spec;
    const writer = openWriterKey(key);
    return new WritLine(await connectBucket({ socketPath, origin, logKey, writer, epoch }));
  }

  private constructor(door: AppendDoor) {
    this.#door = door;
  }

  append(event: Uint8Array, done: () => void): void {
    void this.#door.append(event).then((ending) => {
      if (ending.ending !== "committed") throw new Error(`append ended ${JSON.stringify(ending)}`);
      done();
    });
  }

  close(): Promise<void> {
    return this.#door.close();
  }
}
