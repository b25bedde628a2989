/**
 * What any log of this form costs at the least: `node ceiling.ts SOCKET FILE [--bare]`. One SHA-256 an
 * event, made while the batch before is being synced; one Ed25519 signature over a batch's hashes;
 * one write of the bytes as they came and one `fdatasync`. Bare: no hash and no signature.
 */
import { generateKeyPairSync, hash, sign } from "node:crypto";
import { fdatasync, openSync, writeSync } from "node:fs";
import { type Batch, type Store, servePlain } from "./plain-server.ts";
import type { Gathering } from "./plain-wire.ts";

const SIGNATURE_BYTES = 64;

class Ceiling implements Store {
  readonly #file: number;
  readonly #key = generateKeyPairSync("ed25519").privateKey;
  readonly #isBare: boolean;
  #hashes: string[] = [];
  #end = 0;

  constructor(path: string, isBare: boolean) {
    this.#file = openSync(path, "w");
    this.#isBare = isBare;
  }

  arrived({ bytes }: Gathering, start: number, end: number): void {
    // In hex, as Node makes a string of a hash sooner than a buffer.
    if (!this.#isBare) this.#hashes.push(hash("sha256", bytes.subarray(start, end), "hex"));
  }

  commit({ gathering }: Batch): Promise<void> {
    if (!this.#isBare) {
      const signed = Buffer.from(this.#hashes.join(""), "latin1");
      this.#hashes = [];
      gathering.reserve(SIGNATURE_BYTES);
      gathering.add(sign(null, signed, this.#key));
    }
    this.#end += writeAll(this.#file, gathering.bytes.subarray(0, gathering.length), this.#end);
    return new Promise((resolve, reject) => {
      fdatasync(this.#file, (error) => (error === null ? resolve() : reject(error)));
    });
  }
}

function writeAll(file: number, bytes: Uint8Array, at: number): number {
  if (writeSync(file, bytes, 0, bytes.length, at) !== bytes.length) throw new Error("short write");
  return bytes.length;
}

const [, , socketPath = "", path = "", flag] = process.argv;
await servePlain(socketPath, new Ceiling(path, flag === "--bare"));
