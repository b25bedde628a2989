/** How the gateway is a Policy Decision Point of the AuthZEN Authorization API 1.0. */
export interface Authzen {
  /** By which every evaluation is judged. */
  readonly category: string;
  /** The metadata as JSON; null where the gateway has no public name, and so no metadata. */
  readonly metadata: string | null;
}

export interface AuthzenOptions {
  readonly category: string;
  /** The decision point's identifier (§9.1.1): the public https origin under which it is reached. */
  readonly url?: string | null | undefined;
}

export const EVALUATION_PATH = "/access/v1/evaluation";
export const EVALUATIONS_PATH = "/access/v1/evaluations";
export const METADATA_PATH = "/.well-known/authzen-configuration";

/**
 * What is refused on these paths. A decision point's client takes the member for a boolean, and the
 * word BLOCK would be true to one that looks no closer.
 */
export const DENIAL_TEXT = '{"decision":false}';

export function openAuthzen({ category, url }: AuthzenOptions): Authzen {
  return { category, metadata: url === undefined || url === null ? null : metadataOf(url) };
}

/** §9.1; what is absent from it, searching, is not served. */
function metadataOf(url: string): string {
  const origin = url.replace(/\/$/, "");
  return JSON.stringify({
    policy_decision_point: origin,
    access_evaluation_endpoint: `${origin}${EVALUATION_PATH}`,
    access_evaluations_endpoint: `${origin}${EVALUATIONS_PATH}`,
  });
}

/** Whether a request is for these paths, served or not, so that it is answered in their words. */
export function speaksAuthzen(url: string | undefined): boolean {
  return url?.startsWith("/access/") === true;
}

/** What goes back with every answer on these paths (§10.1.3). */
export function requestIdHeaders(id: string | string[] | undefined): string[] {
  return typeof id === "string" ? ["x-request-id", id] : [];
}
