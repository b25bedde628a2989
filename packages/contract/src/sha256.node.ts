import { hash } from "node:crypto";
import { utf8Bytes } from "./utf8.ts";

/** From here on, encoding first is faster than letting the hash take the string. */
const LONG_TEXT = 4096;

/** SHA-256 in lowercase hex; a string is hashed as its UTF-8 bytes. */
export function sha256Hex(data: string | Uint8Array): string {
  const long = typeof data === "string" && data.length > LONG_TEXT;
  return hash("sha256", long ? utf8Bytes(data) : data, "hex");
}
