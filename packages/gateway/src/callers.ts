import { hash, timingSafeEqual } from "node:crypto";
import { statSync } from "node:fs";
import { type CallerLine, readCallerLines } from "./caller-file.ts";
import { FairShare, type Share, WHOLE } from "./share.ts";
import { TokenBucket } from "./token-bucket.ts";

/** One who may call. */
export interface Caller {
  /** Null where nobody is asked who they are. */
  readonly name: string | null;
  /**
   * Whether this caller may use a category. What names none that fits the grammar passes: it is an
   * attempt that ends as BLOCK.
   */
  mayUse(category: string): boolean;
  /** Takes one attempt of the caller's rate; false if there is none left for now. */
  spend(): boolean;
  /** What the caller has of the attempts, and of the batches, that may be under way at once. */
  readonly attempts: Share;
  readonly batches: Share;
}

/** Who may call, by a key or by the name in a client's certificate. */
export interface Callers {
  /** Whether anybody is asked: from the moment that there is a file, whatever becomes of it. */
  readonly asks: boolean;
  /**
   * @param authorization the header of that name
   * @param certificateName common name of a certificate that the TLS layer has verified
   */
  find(authorization: string | undefined, certificateName: string | undefined): Caller | undefined;
  /** Whether one who was found still may call, as the file now stands. */
  admits(caller: Caller): boolean;
  /**
   * The caller whom the operator names, on a way that is the operator's alone. Where callers are
   * asked for keys it must be one of them; null names nobody.
   */
  named(name: string | null): Caller | undefined;
}

/** Who calls where there is no callers file: everybody on this machine, within no rate. */
export const ANYBODY: Caller = {
  name: null,
  mayUse: () => true,
  spend: () => true,
  attempts: WHOLE,
  batches: WHOLE,
};

/** A gateway without a callers file. */
export const NOBODY_ASKED: Callers = {
  asks: false,
  find: () => ANYBODY,
  admits: () => true,
  named: anybodyAs,
};

function anybodyAs(name: string | null): Caller {
  return { ...ANYBODY, name };
}

/** A change of the file counts within this time. */
const lookEveryMs = 1_000;

/**
 * The callers of a file, looked at again at most once a second, when somebody calls: a key that was
 * revoked opens nothing from then on, without a restart. A file that has become unreadable, or is
 * gone, admits nobody, and `onFault` is told once of each fault. Throws CallersUnreadable, or the
 * system's error, if the file is so at first.
 */
export function openCallers(
  file: string,
  onFault: (fault: Error) => void = () => {},
  now: () => number = () => performance.now(),
): Callers {
  return new FileCallers(file, onFault, now);
}

class FileCallers implements Callers {
  readonly #file: string;
  readonly #onFault: (fault: Error) => void;
  readonly #now: () => number;
  #state: string;
  #asks: boolean;
  #lookAt: number;
  #fault: string | undefined;
  #byDigest: ReadonlyMap<string, KnownCaller> = new Map();
  #byCertificate: ReadonlyMap<string, KnownCaller> = new Map();
  #admitted: ReadonlySet<KnownCaller> = new Set();
  /** By name; one that is gone stays, since its attempts may still be under way. */
  readonly #shares = new Map<string, Shares>();

  constructor(file: string, onFault: (fault: Error) => void, now: () => number) {
    this.#file = file;
    this.#onFault = onFault;
    this.#now = now;
    this.#state = stateOf(file);
    this.#asks = this.#state !== MISSING;
    this.#lookAt = now() + lookEveryMs;
    if (this.#asks) this.#take(readCallerLines(file));
  }

  get asks(): boolean {
    this.#look();
    return this.#asks;
  }

  find(authorization: string | undefined, certificateName: string | undefined): Caller | undefined {
    if (!this.asks) return ANYBODY;
    // Whoever shows a key is judged by it alone: a wrong one is not made good by a certificate.
    if (authorization !== undefined) return this.#byKey(authorization);
    return certificateName === undefined ? undefined : this.#byCertificate.get(certificateName);
  }

  admits(caller: Caller): boolean {
    if (caller instanceof KnownCaller) {
      this.#look();
      return this.#admitted.has(caller);
    }
    return !this.asks;
  }

  named(name: string | null): Caller | undefined {
    if (!this.asks) return anybodyAs(name);
    return [...this.#admitted].find((caller) => caller.name === name);
  }

  #byKey(authorization: string): Caller | undefined {
    const key = /^Bearer +(writ_[\w-]{43})$/i.exec(authorization)?.[1];
    if (key === undefined) return undefined;
    // Found by its digest, of which a sender cannot choose the digits; how far two keys agree shows
    // in no time that this takes.
    const digest = hash("sha256", key, "hex");
    const caller = this.#byDigest.get(digest);
    return caller?.hasDigest(digest) === true ? caller : undefined;
  }

  #look(): void {
    const now = this.#now();
    if (now < this.#lookAt) return;
    this.#lookAt = now + lookEveryMs;
    try {
      const state = stateOf(this.#file);
      if (state === this.#state) return;
      this.#state = state;
      this.#asks = true;
      this.#take(readCallerLines(this.#file));
      this.#fault = undefined;
    } catch (error) {
      this.#take([]);
      this.#tell(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #tell(fault: Error): void {
    if (fault.message === this.#fault) return;
    this.#fault = fault.message;
    this.#onFault(fault);
  }

  /** One for all keys of a name: a second key is no second share. */
  #sharesOf(name: string): Shares {
    const shares = this.#shares.get(name) ?? {
      attempts: new FairShare(),
      batches: new FairShare(),
    };
    this.#shares.set(name, shares);
    return shares;
  }

  /** Who was there keeps what is left of the rate. */
  #take(lines: readonly CallerLine[]): void {
    const byDigest = new Map<string, KnownCaller>();
    const byCertificate = new Map<string, KnownCaller>();
    for (const line of lines) {
      const key = line.key_sha256;
      const known = key === null ? this.#byCertificate.get(line.name) : this.#byDigest.get(key);
      const shares = this.#sharesOf(line.name);
      const caller =
        known?.stands(line) === true ? known : new KnownCaller(line, this.#now, shares);
      if (key === null) byCertificate.set(line.name, caller);
      else byDigest.set(key, caller);
    }
    this.#byDigest = byDigest;
    this.#byCertificate = byCertificate;
    this.#admitted = new Set([...byDigest.values(), ...byCertificate.values()]);
  }
}

interface Shares {
  readonly attempts: FairShare;
  readonly batches: FairShare;
}

class KnownCaller implements Caller {
  readonly name: string;
  readonly attempts: Share;
  readonly batches: Share;
  readonly #line: string;
  readonly #digest: Buffer;
  readonly #categories: ReadonlySet<string> | null;
  readonly #rate: TokenBucket | null;
  readonly #now: () => number;

  constructor(line: CallerLine, now: () => number, { attempts, batches }: Shares) {
    const { name, key_sha256, categories, rate, burst } = line;
    this.name = name;
    this.attempts = attempts;
    this.batches = batches;
    this.#line = JSON.stringify(line);
    this.#digest = Buffer.from(key_sha256 ?? "", "hex");
    this.#categories = categories === null ? null : new Set([...categories, "unrecognized"]);
    this.#rate = rate === null || burst === null ? null : new TokenBucket(rate, burst, now());
    this.#now = now;
  }

  hasDigest(digest: string): boolean {
    const presented = Buffer.from(digest, "hex");
    return presented.length === this.#digest.length && timingSafeEqual(presented, this.#digest);
  }

  stands(line: CallerLine): boolean {
    return this.#line === JSON.stringify(line);
  }

  mayUse(category: string): boolean {
    return this.#categories === null || this.#categories.has(category);
  }

  spend(): boolean {
    return this.#rate === null || this.#rate.take(this.#now());
  }
}

const MISSING = "missing";

/** Changes when the file does, or who may read it. */
function stateOf(file: string): string {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? MISSING : `${found.ino} ${found.size} ${found.ctimeNs}`;
}
