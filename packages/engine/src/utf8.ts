/*
 * Both are in every platform this runs on but in no ECMAScript library file. They are declared
 * inside the module, so that packages compiled without platform types can compile this one.
 */
declare const TextEncoder: new () => { encode(text: string): Uint8Array<ArrayBuffer> };
declare const TextDecoder: new () => { decode(bytes: Uint8Array): string };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function utf8Bytes(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

export function utf8Length(text: string): number {
  return encoder.encode(text).length;
}

/** How many UTF-16 units of `text` its first `bytes` bytes of UTF-8 are. */
export function unitsIn(text: string, bytes: number): number {
  return decoder.decode(encoder.encode(text).subarray(0, bytes)).length;
}
