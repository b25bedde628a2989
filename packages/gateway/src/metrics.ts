import type { AttemptReport } from "@writ/enforce/attempt-report";
import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** What the gateway is, besides what it counts; read at each scrape. */
export interface GatewayState {
  readonly inFlight: number;
  readonly epoch: number;
  readonly connected: boolean;
  readonly halted: boolean;
  readonly engineVersion: string;
  readonly policy: string;
  readonly logLinesDropped: number;
}

/** A category that no bundle knows is the caller's word, of which there is no end. */
const UNRECOGNIZED = "unrecognized";

const SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  30,
];

/**
 * The gateway's counters for Prometheus. An attempt adds to numbers of ours; the registry takes them
 * over at a scrape, so that labels cost nothing where attempts are decided.
 */
export class GatewayMetrics {
  readonly #registry = new Registry();
  readonly #state: () => GatewayState;
  readonly #attempts = new Map<string, number>();
  readonly #endings = new Map<string, number>();
  readonly #rejections = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #refusals = new Map<string, number>();
  readonly #decide: Histogram;
  readonly #append: Histogram;
  readonly #adapter: Histogram<"adapter">;
  #categories: ReadonlySet<string> = new Set();
  #violations = 0;
  #faults = 0;

  constructor(state: () => GatewayState) {
    this.#state = state;
    this.#decide = this.#histogram("decide", "Asking validators and deciding, in seconds.");
    this.#append = this.#histogram(
      "append",
      "From deciding (less the adapter) to the record's end, in seconds.",
    );
    this.#adapter = new Histogram({
      name: "writ_gateway_adapter_seconds",
      help: "An adapter's run, in seconds.",
      labelNames: ["adapter"],
      buckets: SECONDS,
      registers: [this.#registry],
    });
    this.#registerCounters();
    this.#registerGauges();
  }

  /** The categories of the bundle that decides from now on; none else becomes a label. */
  know(categories: ReadonlySet<string>): void {
    this.#categories = categories;
  }

  take({ verdict, released, ending, rejection, failure, adapter, ms }: AttemptReport): void {
    const category = this.#categories.has(verdict.category) ? verdict.category : UNRECOGNIZED;
    add(this.#attempts, `${category} ${verdict.outcome} ${released}`);
    add(this.#endings, ending);
    if (rejection !== null) add(this.#rejections, rejection);
    if (failure !== null) add(this.#failures, `${adapter ?? ""} ${failure.cause}`);
    this.#decide.observe(ms.decide / 1000);
    if (ms.append !== null) this.#append.observe(ms.append / 1000);
    if (ms.adapter !== null && adapter !== null) {
      this.#adapter.observe({ adapter }, ms.adapter / 1000);
    }
  }

  /** Something was refused before it became an attempt. */
  refused(status: number, cause: string): void {
    add(this.#refusals, `${status} ${cause}`);
    if (cause === "METHOD") this.violated();
  }

  /** Something was tried that the rules forbid (rules §5), or that nobody may ask for. */
  violated(): void {
    this.#violations += 1;
  }

  faulted(): void {
    this.#faults += 1;
  }

  /** In the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  #histogram(step: string, help: string): Histogram {
    const name = `writ_gateway_${step}_seconds`;
    return new Histogram({ name, help, buckets: SECONDS, registers: [this.#registry] });
  }

  #registerCounters(): void {
    this.#counted(
      "attempts",
      "Attempts, by category, decision, and whether the caller got it.",
      ["category", "decision", "released"],
      this.#attempts,
    );
    this.#counted("records", "Attempts, by how their record ended.", ["ending"], this.#endings);
    this.#counted("rejections", "Records that the Bucket rejected.", ["code"], this.#rejections);
    this.#counted("adapter_failures", "Actions that failed.", ["adapter", "cause"], this.#failures);
    this.#counted(
      "refusals",
      "What was refused before it became an attempt.",
      ["status", "cause"],
      this.#refusals,
    );
    this.#counter(
      "violations",
      "Attempts used twice, methods that a path is not for, orders that there are not.",
      [],
      (set) => set({}, this.#violations),
    );
    this.#counter("faults", "Answers of 500: faults of our own.", [], (set) =>
      set({}, this.#faults),
    );
    this.#counter("log_lines_dropped", "Lines of log that nobody took in time.", [], (set) => {
      set({}, this.#state().logLinesDropped);
    });
  }

  #registerGauges(): void {
    const state = this.#state;
    this.#gauge("in_flight", "Attempts under way.", () => state().inFlight);
    this.#gauge("epoch", "Epoch of the connection to the Bucket.", () => state().epoch);
    this.#gauge("connected", "1 while a Bucket is connected.", () => Number(state().connected));
    this.#gauge("halted", "1 while every attempt is blocked by writ halt.", () =>
      Number(state().halted),
    );
    this.#gauge("resident_bytes", "Memory of the process.", () => process.memoryUsage.rss());
    new Gauge({
      name: "writ_gateway_policy_info",
      help: "The policy that decides, by name and engine_version.",
      labelNames: ["policy", "engine_version"],
      registers: [this.#registry],
      collect() {
        const { policy, engineVersion } = state();
        this.reset();
        this.set({ policy, engine_version: engineVersion }, 1);
      },
    });
  }

  /** Counts under a key whose words are the labels' values. */
  #counted(
    what: string,
    help: string,
    labels: readonly string[],
    counts: ReadonlyMap<string, number>,
  ): void {
    this.#counter(what, help, labels, (set) => {
      for (const [key, count] of counts) {
        const words = key.split(" ");
        set(Object.fromEntries(labels.map((label, at) => [label, words[at] ?? ""])), count);
      }
    });
  }

  #counter(
    what: string,
    help: string,
    labels: readonly string[],
    collect: (set: (labels: Record<string, string>, value: number) => void) => void,
  ): void {
    new Counter({
      name: `writ_gateway_${what}_total`,
      help,
      labelNames: [...labels],
      registers: [this.#registry],
      collect() {
        this.reset();
        collect((values, count) => this.inc(values, count));
      },
    });
  }

  #gauge(what: string, help: string, read: () => number): void {
    new Gauge({
      name: `writ_gateway_${what}`,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
