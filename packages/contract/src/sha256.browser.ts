import { sha256 } from "@noble/hashes/sha2.js";
import { utf8Bytes } from "./utf8.ts";

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** SHA-256 in lowercase hex; a string is hashed as its UTF-8 bytes. */
export function sha256Hex(data: string | Uint8Array): string {
  let hex = "";
  for (const byte of sha256(typeof data === "string" ? utf8Bytes(data) : data)) hex += HEX[byte];
  return hex;
}
