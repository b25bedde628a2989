import { sha256 } from "@noble/hashes/sha2.js";

/** Writes SHA-256 of `data` to `out[at .. at + 32)`. */
export function sha256Into(data: Uint8Array, out: Uint8Array, at: number): void {
  out.set(sha256(data), at);
}
