import { connect, type Socket } from "node:net";
import { sha256 } from "@writ/tlog/hash";
import { rawPublicKey } from "../verifier-key.ts";
import { type DoorLimits, OpenDoor } from "./door.ts";
import type { AppendDoor } from "./ending.ts";
import { HANDSHAKE_MESSAGE_BYTES, MESSAGE_BYTES, MessageDecoder, WireFault } from "./framing.ts";
import { handshakeText } from "./handshake.ts";
import { decodeHello, encodeAnswer, type Hello, MESSAGE, PROTOCOL_VERSION } from "./messages.ts";
import { requireSocketPath } from "./socket-path.ts";

export type { Admission, Admitted, AppendDoor, Ending, RejectionCode } from "./ending.ts";
export { AdmissionMisused } from "./ending.ts";

/** A writer's key, ready to sign. */
export interface WriterKey {
  /** First 16 hex digits of SHA-256 of the raw public key. */
  readonly name: string;
  /** Signs with Ed25519 (RFC 8032); 64 bytes. */
  readonly sign: (text: Uint8Array) => Uint8Array;
}

export interface ConnectOptions {
  /** At most 100 bytes. */
  readonly socketPath: string;
  /** The log's name, as its constitution states it. */
  readonly origin: string;
  /** vkey of the log: a Bucket that names another key is refused. */
  readonly logKey?: string;
  readonly writer: WriterKey;
  /** Greater than any that this writer has connected with, and stored durably before this call. */
  readonly epoch: number;
  readonly limits?: Partial<ClientLimits>;
}

export interface ClientLimits extends DoorLimits {
  /** Milliseconds until the handshake must be over. */
  readonly connectMs: number;
}

/** No Bucket answered at the socket, or it hung up before the handshake was over. */
export class BucketUnreachable extends Error {
  override readonly name = "BucketUnreachable";
  readonly code = "BUCKET_UNREACHABLE";
}

/** A Bucket answered, but not to this writer, or it is not the one that was meant. */
export class HandshakeRefused extends Error {
  override readonly name = "HandshakeRefused";
  readonly code: "GOVERNANCE_DENIED" | "WRONG_BUCKET" | "WRONG_PROTOCOL";

  constructor(code: HandshakeRefused["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const LIMITS: ClientLimits = {
  connectMs: 5_000,
  deadlineMs: 5_000,
  inFlight: 4_096,
  unendedMessages: 2,
  messageEvents: 1_024,
};

/**
 * Connects once: proves the writer's key and names its epoch, which is spent even if the connection
 * then fails. What the Bucket says of itself is not proved; who may bind its socket's path is the
 * file system's word.
 *
 * Throws BucketUnreachable, HandshakeRefused or SocketPathRefused; never tries again.
 */
export async function connectBucket(options: ConnectOptions): Promise<AppendDoor> {
  requireSocketPath(options.socketPath);
  const limits = { ...LIMITS, ...options.limits };
  const socket = connect(options.socketPath);
  const decoder = new MessageDecoder(HANDSHAKE_MESSAGE_BYTES);
  try {
    await shakeHands(socket, decoder, options, limits.connectMs);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  decoder.limit = MESSAGE_BYTES;
  const { origin, writer, epoch } = options;
  return new OpenDoor(socket, decoder, { origin, writer: writer.name, epoch }, writer.sign, limits);
}

/** Resolves once the Bucket has accepted; leaves the socket paused and without listeners. */
function shakeHands(
  socket: Socket,
  decoder: MessageDecoder,
  options: ConnectOptions,
  connectMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const patience = setTimeout(() => end(unreachable("it does not answer")), connectMs);
    const end = (error?: Error): void => {
      clearTimeout(patience);
      socket.pause();
      socket.removeAllListeners("data").removeAllListeners("error").removeAllListeners("close");
      // Until the socket is destroyed or owned again, an error has no one to tell.
      socket.on("error", () => {});
      if (error === undefined) resolve();
      else reject(error);
    };
    const greeting = new Greeting(socket, options);
    socket.on("error", (error) => end(unreachable(error.message)));
    socket.on("close", () => end(unreachable("it hung up")));
    socket.on("data", (chunk: Uint8Array) => {
      decoder.push(chunk);
      try {
        if (greeting.read(decoder)) end();
      } catch (error) {
        end(error instanceof WireFault ? wrongProtocol(error.message) : asError(error));
      }
    });
  });
}

/** The writer's side of the handshake: hello, answer, accepted or refused. */
class Greeting {
  readonly #socket: Socket;
  readonly #options: ConnectOptions;
  #hasAnswered = false;

  constructor(socket: Socket, options: ConnectOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  /** Whether the Bucket has accepted. Throws HandshakeRefused, WireFault. */
  read(decoder: MessageDecoder): boolean {
    for (let message = decoder.next(); message !== undefined; message = decoder.next()) {
      const { type, body } = message;
      if (type === MESSAGE.hello && !this.#hasAnswered) this.#answer(decodeHello(body));
      else if (type === MESSAGE.accepted && this.#hasAnswered) return true;
      else if (type === MESSAGE.refused && this.#hasAnswered) throw denied(this.#options);
      else throw new WireFault(`the Bucket sent a message of type ${type} in the handshake`);
    }
    return false;
  }

  #answer(hello: Hello): void {
    const { origin, writer, epoch } = this.#options;
    requireBucket(hello, this.#options);
    const { challenge, logKeyHash } = hello;
    const text = handshakeText({ origin, logKeyHash, challenge, writer: writer.name, epoch });
    const signature = writer.sign(text);
    this.#hasAnswered = true;
    this.#socket.write(encodeAnswer({ writer: writer.name, epoch, signature }));
  }
}

/** Before anything is signed: an answer to another log's challenge is of no use to anyone but it. */
function requireBucket(hello: Hello, { origin, logKey, socketPath }: ConnectOptions): void {
  if (hello.version !== PROTOCOL_VERSION) {
    throw wrongProtocol(`the Bucket speaks version ${hello.version}, not ${PROTOCOL_VERSION}`);
  }
  if (hello.origin !== origin) {
    throw wrongBucket(`${socketPath} is the Bucket of ${JSON.stringify(hello.origin)}`);
  }
  if (logKey === undefined) return;
  const expected = sha256(rawPublicKey(logKey));
  if (expected.every((byte, index) => byte === hello.logKeyHash[index])) return;
  throw wrongBucket(`${socketPath} is of the log ${origin}, but under another key`);
}

function denied({ writer, epoch }: ConnectOptions): HandshakeRefused {
  return new HandshakeRefused(
    "GOVERNANCE_DENIED",
    `the Bucket denies writer ${writer.name} with epoch ${epoch}; its own log says why`,
  );
}

function wrongBucket(found: string): HandshakeRefused {
  return new HandshakeRefused("WRONG_BUCKET", `${found}; check which Bucket is meant`);
}

function wrongProtocol(found: string): HandshakeRefused {
  return new HandshakeRefused("WRONG_PROTOCOL", `${found}; run the same release on both sides`);
}

function unreachable(detail: string): BucketUnreachable {
  return new BucketUnreachable(`cannot reach the Bucket, start it first: ${detail}`);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
