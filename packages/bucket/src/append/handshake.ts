import { CHALLENGE_BYTES } from "./messages.ts";

/** What a writer's handshake signature binds together. */
export interface HandshakeClaim {
  readonly origin: string;
  /** SHA-256 of the log's raw public key, 32 bytes. */
  readonly logKeyHash: Uint8Array;
  /** The Bucket's fresh 32 bytes; an answer to another challenge proves nothing. */
  readonly challenge: Uint8Array;
  readonly writer: string;
  readonly epoch: number;
}

const utf8 = new TextEncoder();

/**
 * The bytes under a handshake signature: the lines `writ-append/v1`, origin, log key hash,
 * challenge, writer, epoch, each ended by LF. Log and challenge are in it so that an answer given
 * to one Bucket, or to an earlier connection, opens no other.
 */
export function handshakeText(claim: HandshakeClaim): Uint8Array {
  const { origin, logKeyHash, challenge, writer, epoch } = claim;
  if (challenge.length !== CHALLENGE_BYTES) throw new RangeError("challenge is not 32 bytes");
  return utf8.encode(
    `writ-append/v1\n${origin}\n${hex(logKeyHash)}\n${hex(challenge)}\n${writer}\n${epoch}\n`,
  );
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
