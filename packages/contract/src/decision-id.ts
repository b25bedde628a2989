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
/** Counters of 15 digits are all below 2^53. */
const SURE = /^[0-9a-f]{16}\.[1-9][0-9]{0,14}\.[1-9][0-9]{0,14}$/;
const GATEWAY = /^[0-9a-f]{16}$/;

function isCounter(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

/** @throws NotADecisionId if a part is out of its range (counters: 1 to 2^53 − 1) */
export function formatDecisionId(gateway: string, epoch: number, sequence: number): string {
  const text = `${gateway}.${epoch}.${sequence}`;
  if (!GATEWAY.test(gateway) || !isCounter(epoch) || !isCounter(sequence)) {
    throw new NotADecisionId(text);
  }
  return text;
}

export function isDecisionId(text: string): boolean {
  return SURE.test(text) || read(text) !== undefined;
}

/** @throws NotADecisionId */
export function parseDecisionId(text: string): DecisionId {
  const id = read(text);
  if (id === undefined) throw new NotADecisionId(text);
  return id;
}

function read(text: string): DecisionId | undefined {
  const [, gateway, first, second] = GRAMMAR.exec(text) ?? [];
  const epoch = Number(first);
  const sequence = Number(second);
  if (gateway === undefined || !isCounter(epoch) || !isCounter(sequence)) return undefined;
  return { gateway, epoch, sequence };
}

/** The name of a gateway (or any writer), from its Ed25519 public key of 32 bytes. */
export function gatewayName(publicKey: Uint8Array): string {
  if (publicKey.length !== 32) throw new RangeError("give an Ed25519 public key of 32 bytes");
  return sha256Hex(publicKey).slice(0, 16);
}
