import { leafHash } from "@writ/tlog/hash";
import {
  ALICE,
  constitutionWith,
  eventOf,
  signer,
} from "../../packages/bucket/src/append/bucket.test-support.ts";
import { batchText } from "../../packages/bucket/src/batch-signature.ts";
import { constitutionDigest, formatConstitution } from "../../packages/bucket/src/constitution.ts";
import { signConstitution } from "../../packages/bucket/src/constitution-chain.ts";
import { FaultDisk } from "../../packages/bucket/src/testing/fault-disk.ts";
import { KEY, ORIGIN } from "../../packages/bucket/src/testing/log-fixture.ts";
import { type Base, EMPTY, type World } from "../../packages/bucket/src/testing/log-run.ts";

const TEXT = formatConstitution(constitutionWith({ log_key: KEY.signer.verifierKey }));
const EPOCH = 1;

const known = new Map<string, ReturnType<World["submission"]>>();

/** Real events of one writer, under its signature: what verification looks into. */
const SIGNED: World = {
  writer: ALICE.name,
  constitution: constitutionDigest(TEXT),
  submission(first, count) {
    const name = `${first} ${count}`;
    const made = known.get(name) ?? signedBatch(first, count);
    known.set(name, made);
    return made;
  },
};

function signedBatch(first: number, count: number): ReturnType<World["submission"]> {
  const entries = Array.from({ length: count }, (_, i) => eventOf(ALICE, EPOCH, first + i + 1));
  const leafHashes = entries.map(leafHash);
  const place = { writer: ALICE.name, epoch: EPOCH, batch: first + 1 };
  const signature = ALICE.sign(batchText({ origin: ORIGIN, ...place, leafHashes }));
  return { ...place, entries, leafHashes: Buffer.concat(leafHashes), signature };
}

/** A disk with a signed constitution and no log yet. */
export function signedBase(): Base {
  const disk = new FaultDisk();
  for (const path of ["/data", "/data/bucket", "/data/bucket/constitution"]) {
    disk.makeDirectory(path);
  }
  for (const path of ["/", "/data", "/data/bucket"]) disk.syncDirectory(path);
  disk.tamper("/data/bucket/constitution/0.note", signConstitution(TEXT, [signer(11)]));
  return { ...EMPTY, disk: disk.afterKill(), world: SIGNED };
}
