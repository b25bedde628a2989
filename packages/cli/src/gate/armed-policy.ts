import { type Bundle, loadBundle, type Tool } from "@writ/engine/bundle";
import { arm, type Engine } from "@writ/engine/engine";
import { describe } from "../operator-error.ts";
import type { Outcome } from "./control.ts";
import { haltBundle } from "./halt-bundle.ts";
import { haltedSince, markHalted, unmarkHalted } from "./halt-marker.ts";
import type { LoadedPolicy } from "./policy-source.ts";

/** What decides now. */
export interface Armed {
  readonly engine: Engine;
  readonly name: string;
  readonly categories: ReadonlySet<string>;
  /** Whose calls a category judges, where it is a tool's. */
  readonly tools: ReadonlyMap<string, Tool>;
  readonly halted: boolean;
}

export interface ArmedPolicyOptions {
  /** Reads the policy anew, and arms it; throws what keeps it from arming. */
  readonly load: () => Promise<LoadedPolicy>;
  readonly marker: string;
  /** RFC 3339. */
  readonly now: () => string;
}

/**
 * The policy of a running gateway, and the ways in which it changes. Changes come one after another;
 * one that fails changes nothing and says why. A halt needs nobody's signature, since the bundle that
 * it arms is made of the one that decides and can only block more; no reload lifts it unasked.
 */
export class ArmedPolicy {
  readonly #options: ArmedPolicyOptions;
  #loaded: LoadedPolicy;
  #armed: Armed;
  #follow: (armed: Armed) => void = () => {};
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: ArmedPolicyOptions, loaded: LoadedPolicy) {
    this.#options = options;
    this.#loaded = loaded;
    this.#armed = haltedSince(options.marker) === null ? armedBy(loaded) : haltedBy(loaded);
  }

  /** The policy as it lies there; halted if a halt is in force. Throws what keeps it from arming. */
  static async open(options: ArmedPolicyOptions): Promise<ArmedPolicy> {
    return new ArmedPolicy(options, await options.load());
  }

  get armed(): Armed {
    return this.#armed;
  }

  /** `follower` is told of whatever decides from then on. */
  follow(follower: (armed: Armed) => void): void {
    this.#follow = follower;
  }

  /**
   * Arms the policy as it now lies there. While halted that is refused, but to `resume`.
   *
   * @param renew reads what else is to change with it; if it throws, nothing has changed
   */
  reload(resume: boolean, renew: () => void = () => {}): Promise<Outcome> {
    return this.#inTurn(() => this.#reload(resume, renew));
  }

  /** Blocks every attempt that begins from now on, until a reload resumes. */
  halt(): Promise<Outcome> {
    return this.#inTurn(() => this.#halt());
  }

  async #reload(resume: boolean, renew: () => void): Promise<Outcome> {
    const { load, marker } = this.#options;
    const since = haltedSince(marker);
    if (!resume && (since !== null || this.#armed.halted)) {
      const when = since === null ? "" : ` since ${since}`;
      return refused(`halted${when}; writ reload --resume arms a policy again`);
    }
    const before = this.#armed;
    const loaded = await load();
    renew();
    await unmarkHalted(marker);
    this.#loaded = loaded;
    this.#arm(armedBy(loaded));
    const { name, engine } = this.#armed;
    if (engine.version === before.engine.version) {
      return { done: true, line: `${name} ${engine.version} is what was armed already` };
    }
    return { done: true, line: `armed ${name} ${engine.version}, after ${before.engine.version}` };
  }

  async #halt(): Promise<Outcome> {
    const { marker, now } = this.#options;
    if (!this.#armed.halted) this.#arm(haltedBy(this.#loaded));
    const { engine } = this.#armed;
    try {
      await markHalted(marker, now());
    } catch (error) {
      // Halted it is; what is not sure is the time after a restart.
      return refused(
        `halted by ${engine.version}, but a restart would lift it: ${describe(error)}`,
      );
    }
    return { done: true, line: `halted: every attempt is blocked, by ${engine.version}` };
  }

  #arm(armed: Armed): void {
    this.#armed = armed;
    this.#follow(armed);
  }

  #inTurn(work: () => Promise<Outcome>): Promise<Outcome> {
    const next = this.#last.then(work).catch((error: unknown) => refused(describe(error)));
    this.#last = next;
    return next;
  }
}

function refused(line: string): Outcome {
  return { done: false, line };
}

function armedBy({ bundle, engine }: LoadedPolicy): Armed {
  const categories = new Set(bundle.categories.keys());
  return { engine, name: bundle.name, categories, tools: toolsOf(bundle), halted: false };
}

/** The tools of a bundle, by the category that judges their calls. */
export function toolsOf({ categories }: Bundle): ReadonlyMap<string, Tool> {
  return new Map(
    [...categories].flatMap(([name, { tool }]) => (tool === null ? [] : [[name, tool] as const])),
  );
}

function haltedBy({ files, bundle }: LoadedPolicy): Armed {
  const loaded = loadBundle([haltBundle(files)]);
  if ("faults" in loaded) {
    const [first] = loaded.faults;
    throw new Error(`the halting bundle does not load: ${first?.message ?? ""}`);
  }
  const categories = new Set(bundle.categories.keys());
  const tools = toolsOf(bundle);
  return { engine: arm(loaded.bundle), name: bundle.name, categories, tools, halted: true };
}
