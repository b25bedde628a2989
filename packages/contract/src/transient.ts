/*
 * contract §1.4 rule 6. Both grammars are matched against a string that is already trimmed and
 * lowercased, and must match all of it.
 */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * RFC 3339 §5.6 `date-time`, with the space that its note allows for "T". A day that its month
 * lacks and a leap second anywhere still count: what looks like a moment is refused as one.
 */
const DATE_TIME =
  /^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[t ](?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?(?:z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$/;

const HYPHEN = 0x2d;

/** Whether a normalized string is wholly a UUID (any version) or an RFC 3339 date-time. */
export function isTransient(text: string): boolean {
  if (text.length < 20) return false;
  if (text.charCodeAt(4) === HYPHEN) return DATE_TIME.test(text);
  return text.length === 36 && text.charCodeAt(8) === HYPHEN && UUID.test(text);
}
