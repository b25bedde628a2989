import { sha256Hex } from "#sha256";

/** `<gateway>.<epoch>.<sequence>`: unique without clock, randomness or reading anything back. */
export interface DecisionId {
  /** First 16 hex digits of SHA-256 of the gateway's public key. */
  readonly gateway: string;
  /** From 1, raised before each connection to a Bucket. */
  readonly epoch: number;
  /** From 1, one more with each attempt. */
  readonly sequence: number;
}

export class NotADecisionId extends Error {
  readonly code = "NOT_A_DECISION_ID";

  constructor(text: string) {
    super(
      `write a decision id as <16 hex digits>.<epoch>.<sequence>, not ${JSON.stringify(text.slice(0, 80))}`,
    );
    this.name = "NotADecisionId";
  }
}

const GRAMMAR = /^([0-9a-f]{16})\.([1-9][0-9]{0,15})\.([1-9][0-9]{0,15})$/;

/** @throws NotADecisionId if a part is out of its range (counters: 1 to 2^53 − 1) */
export function formatDecisionId(gateway: string, epoch: number, sequence: number): string {
  const text = `${gateway}.${epoch}.${sequence}`;
  parseDecisionId(text);
  return text;
}

/** @throws NotADecisionId */
export function parseDecisionId(text: string): DecisionId {
  const match = GRAMMAR.exec(text);
  const epoch = Number(match?.[2]);
  const sequence = Number(match?.[3]);
  const gateway = match?.[1];
  if (gateway === undefined || !Number.isSafeInteger(epoch) || !Number.isSafeInteger(sequence)) {
    throw new NotADecisionId(text);
  }
  return { gateway, epoch, sequence };
}

/** The name of a gateway (or any writer), from its Ed25519 public key of 32 bytes. */
export function gatewayName(publicKey: Uint8Array): string {
  if (publicKey.length !== 32) throw new RangeError("give an Ed25519 public key of 32 bytes");
  return sha256Hex(publicKey).slice(0, 16);
}
