/** Forms of what the audit process answers; SPEC's chapter on HTTP has the normative text. */

export interface Summary {
  readonly size: number;
  readonly decisions: Readonly<Record<"ALLOW" | "REWRITE" | "BLOCK", number>>;
  readonly failed: number;
  readonly streams: number;
  readonly missing: number;
  readonly holes: number;
  readonly latest: string | null;
}

/** `v1/state` */
export interface State {
  readonly now: string;
  readonly checkpoint: { readonly size: number; readonly at: string | null } | null;
  readonly log: Summary | null;
  readonly stuck: string | null;
  readonly witnesses: readonly WitnessState[];
  readonly denials: Readonly<Record<string, number>> | null;
  readonly violations: number;
}

export interface WitnessState {
  readonly name: string;
  readonly cosignedSize: number | null;
  readonly cosignedAt: string | null;
  readonly failures: number;
  readonly alarm: "forked" | "behind" | null;
}

/** One event as a search finds it. */
export interface Found {
  readonly index: number;
  readonly trace_id: string;
  readonly enforcement_decision_id: string;
  readonly timestamp: string;
  readonly decision: string;
  readonly action_type: string;
  readonly reason_code: string;
  readonly adapter_name: string | null;
  readonly status: string;
  readonly engine_version: string;
  readonly caller: string | null;
  readonly writer: string;
}

/** `v1/search` */
export interface FoundPage {
  readonly size: number;
  readonly events: readonly Found[];
  readonly next: number | null;
  readonly total: { readonly count: number; readonly isExact: boolean };
}

export interface TimeBucket {
  readonly at: string;
  readonly ALLOW: number;
  readonly REWRITE: number;
  readonly BLOCK: number;
  readonly failed: number;
}

/** `v1/histogram` */
export interface Histogram {
  readonly from: string;
  readonly to: string;
  readonly step: number;
  readonly buckets: readonly TimeBucket[];
}

/** `v1/streams` */
export interface Streams {
  readonly streams: readonly {
    readonly gateway: string;
    readonly epoch: number;
    readonly events: number;
    readonly highest: number;
    readonly missing: number;
    readonly firstIndex: number;
    readonly lastIndex: number;
  }[];
  readonly next: number | null;
}

/** `v1/holes` */
export interface Holes {
  readonly holes: readonly {
    readonly gateway: string;
    readonly epoch: number;
    readonly from: number;
    readonly to: number;
  }[];
  readonly next: string | null;
}

/** `v1/fields`; `v1/counts` has the same under a filter. */
export interface FieldValues {
  readonly fields: Readonly<
    Record<string, readonly { readonly value: string | null; readonly events: number }[]>
  >;
}

/** `v1/counts` */
export interface Counts extends FieldValues {
  readonly size: number;
  readonly events: number;
  readonly earliest: string | null;
  readonly latest: string | null;
}

/** `v1/checkpoints`; without a key, `checkpoints` has it without times. */
export interface Checkpoints {
  readonly checkpoints: readonly {
    readonly size: number;
    readonly root: string;
    readonly time?: string | null;
  }[];
  readonly next?: number | null;
}

/** `v1/quotas` */
export interface Quotas {
  readonly quotas: readonly {
    readonly writer: string | null;
    readonly of: "events" | "bytes";
    readonly used: number;
    readonly limit: number;
    readonly level: "free" | "near" | "reached";
  }[];
}

/** `v1/constitutions` */
export interface Constitutions {
  readonly constitutions: readonly string[];
}
