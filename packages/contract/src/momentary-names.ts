/**
 * contract §1.4 rule 6, design: "fields that mean a moment or a request may not be declared". A
 * declared name is compared without case and without anything but ASCII letters and digits, so
 * `created_at`, `createdAt` and `Created-At` are one. A name that is not here may be declared;
 * whatever value it gets is still held against the transient grammars.
 */
const MOMENTARY: ReadonlySet<string> = new Set([
  // the moment
  "now",
  "timestamp",
  "timestampms",
  "currenttime",
  "currentdatetime",
  "createdat",
  "updatedat",
  "modifiedat",
  "deletedat",
  "requestedat",
  "receivedat",
  "submittedat",
  "sentat",
  "issuedat",
  "occurredat",
  "loggedat",
  "requesttime",
  "requesttimestamp",
  // the request
  "uuid",
  "guid",
  "nonce",
  "requestid",
  "xrequestid",
  "requestuuid",
  "correlationid",
  "traceid",
  "traceparent",
  "spanid",
  "attemptid",
  "invocationid",
  "toolcallid",
  "idempotencykey",
  "enforcementdecisionid",
]);

/** Whether a declared property means a moment or a request rather than the thing acted on. */
export function isMomentaryName(name: string): boolean {
  return MOMENTARY.has(name.replace(/[^0-9A-Za-z]/g, "").toLowerCase());
}
