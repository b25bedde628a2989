import { traceId } from "@writ/contract/identity";
import { canonicalJson } from "@writ/contract/jcs";
import type { Json } from "@writ/contract/json";

/**
 * SHA-256 over the UTF-8 bytes of the RFC 8785 form of a bundle's content, 64 lowercase hex digits.
 * Strings count as they are: an author's white space may be part of a rule.
 */
export function bundleDigest(content: Json): string {
  // A trace_id of nothing but a form is that hash, and the contract's is the only hash in the house.
  return traceId(canonicalJson(content), "", "");
}
