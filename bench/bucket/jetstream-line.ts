import type { Line } from "./line.ts";
import { moduleOf } from "./modules.ts";

interface Transport {
  connect(options: { servers: string }): Promise<Connection>;
}

interface Connection {
  drain(): Promise<void>;
}

interface JetStream {
  jetstreamManager(connection: Connection): Promise<{
    streams: { add(config: object): Promise<unknown> };
  }>;
  jetstream(connection: Connection): Publisher;
}

interface Publisher {
  publish(subject: string, payload: Uint8Array): Promise<unknown>;
}

const SUBJECT = "events";

/** Publishes to a stream in files, one replica; an append has ended with the stream's own ack. */
export class JetStreamLine implements Line {
  readonly #connection: Connection;
  readonly #publisher: Publisher;

  static async connect(port: number): Promise<JetStreamLine> {
    const transport = moduleOf<Transport>("@nats-io/transport-node");
    const jetstream = moduleOf<JetStream>("@nats-io/jetstream");
    const connection = await transport.connect({ servers: `127.0.0.1:${port}` });
    const manager = await jetstream.jetstreamManager(connection);
    await manager.streams.add({ name: "EVENTS", subjects: [SUBJECT], storage: "file" });
    return new JetStreamLine(connection, jetstream.jetstream(connection));
  }

  private constructor(connection: Connection, publisher: Publisher) {
    this.#connection = connection;
    this.#publisher = publisher;
  }

  append(event: Uint8Array, done: () => void): void {
    void this.#publisher.publish(SUBJECT, event).then(done);
  }

  close(): Promise<void> {
    return this.#connection.drain();
  }
}
