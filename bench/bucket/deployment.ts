import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { formatConstitution } from "@writ/bucket/constitution";
import { signConstitution } from "@writ/bucket/constitution/chain";
import { generateSignerKey, openWriterKey, signerKeyLine } from "@writ/bucket/writer-key";
import { emptyRoot } from "@writ/tlog/hash";
import { formatSignerKey, parseSignerKey } from "@writ/tlog/note-key";
import type { WriterSpec } from "./line.ts";

const origin = "bench.example/log";
/** Room for any run; what is in flight has the bound that `writ serve` gives it. */
const plenty = { events: 1_000_000_000, bytes: 10_000_000_000_000 } as const;
const inFlight = 4_096;

/**
 * Makes the data folder of a Bucket with so many writers, laid out as `writ serve` expects it, and
 * says how each of them connects, once.
 */
export function makeDeployment(data: string, count: number): readonly WriterSpec[] {
  const logKey = formatSignerKey(origin, randomBytes(32));
  const governance = parseSignerKey(formatSignerKey("governance", randomBytes(32)));
  const keys = Array.from({ length: count }, (_, i) => generateSignerKey(`gateway-${i + 1}`));
  const { verifierKey } = parseSignerKey(signerKeyLine(`${logKey}\n`));
  const text = formatConstitution({
    origin,
    log_key: verifierKey,
    event_schema: 1,
    writers: keys.map((each) => {
      const { name, verifierKey: key } = openWriterKey(each);
      return { name, key, quota: plenty };
    }),
    quotas: { ...plenty, in_flight: inFlight },
    governance: { keys: [governance.verifierKey], threshold: 1 },
    witnesses: [],
    predecessor: null,
    from: { size: 0, root: Buffer.from(emptyRoot()).toString("hex") },
  });
  mkdirSync(join(data, "run"), { recursive: true });
  put(join(data, "keys", "log.key"), `${logKey}\n`);
  put(join(data, "bucket", "constitution", "0.note"), signConstitution(text, [governance]));
  return keys.map((key) => ({ key, epoch: 1, origin, logKey: verifierKey }));
}

function put(path: string, bytes: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, bytes, { mode: 0o600 });
}
