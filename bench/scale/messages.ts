/** What the benchmark asks of the recording process. */
export type ToBucket = "usage" | "stop";

/** What the recording process says: once that it is open, then one answer to each question. */
export type FromBucket =
  | { readonly kind: "open"; readonly ms: number }
  | { readonly kind: "usage"; readonly rss: number; readonly cpuSeconds: number }
  | { readonly kind: "closed"; readonly ms: number };
