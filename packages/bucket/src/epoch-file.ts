import { createHash } from "node:crypto";

const LINE = /^([0-9a-f]{16}) ([1-9][0-9]{0,15})\n$/;

/**
 * The file `epochs`: a line `<writer> <epoch>` for each writer, sorted, and a last line
 * `sha256 <64 hex>` over the bytes before it. An epoch may be raised without a single event, so
 * nothing in the log could tell a higher number in this file from a flipped digit.
 */
export function formatEpochs(epochs: ReadonlyMap<string, number>): Uint8Array {
  const lines = [...epochs].map(([writer, epoch]) => `${writer} ${epoch}\n`).sort();
  const text = lines.join("");
  return Buffer.from(`${text}sha256 ${sha256Hex(text)}\n`, "latin1");
}

/** The inverse of `formatEpochs`; `undefined` for bytes that it never gives. */
export function parseEpochs(bytes: Uint8Array): Map<string, number> | undefined {
  const epochs = new Map<string, number>();
  const lines = Buffer.from(bytes)
    .toString("latin1")
    .split(/(?<=\n)/);
  for (const line of lines.slice(0, -1)) {
    const [, writer = "", epoch = ""] = LINE.exec(line) ?? [];
    epochs.set(writer, Number(epoch));
  }
  return Buffer.compare(formatEpochs(epochs), bytes) === 0 ? epochs : undefined;
}

function sha256Hex(text: string): string {
  return createHash("sha256").update(text, "latin1").digest("hex");
}
