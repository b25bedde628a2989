/**
 * What the engine asks of Cedar. The code itself is WebAssembly, read and started by whoever may
 * do I/O, and handed in: the engine checks that it is the code that the bundle names.
 *
 * Deciding keeps nothing: a policy set is prepared once, under a name made of its content, and an
 * authorization depends on its arguments alone.
 */
export interface CedarModule {
  /** Of the WebAssembly bytes, 64 lowercase hex digits. */
  readonly sha256: string;
  preparsePolicySet(id: string, policies: { readonly staticPolicies: string }): CedarCheck;
  /** Throws, or answers `failure`, where it could not decide. */
  statefulIsAuthorized(call: CedarCall): CedarAnswer;
  policySetTextToParts(
    text: string,
  ): { readonly type: "success"; readonly policies: readonly string[] } | CedarFailure;
  policyToJson(text: string): { readonly type: "success"; readonly json: unknown } | CedarFailure;
  checkParseEntities(call: { readonly entities: readonly unknown[] }): CedarCheck;
  validate(call: CedarValidation): CedarValidated;
}

export interface CedarUid {
  readonly type: string;
  readonly id: string;
}

export interface CedarCall {
  readonly principal: CedarUid;
  readonly action: CedarUid;
  readonly resource: CedarUid;
  readonly context: { readonly [name: string]: unknown };
  readonly preparsedPolicySetId: string;
  readonly entities: readonly unknown[];
}

/** `sourceLocations` count bytes of UTF-8. */
export interface CedarError {
  readonly message: string;
  readonly help: string | null;
  readonly sourceLocations?: readonly { readonly start: number; readonly label?: string | null }[];
}

export interface CedarFailure {
  readonly type: "failure";
  readonly errors: readonly CedarError[];
}

export type CedarCheck = { readonly type: "success" } | CedarFailure;

export type CedarAnswer =
  | {
      readonly type: "success";
      readonly response: {
        readonly decision: string;
        readonly diagnostics: { readonly errors: readonly unknown[] };
      };
    }
  | CedarFailure;

export interface CedarValidation {
  readonly schema: unknown;
  readonly policies: { readonly staticPolicies: string };
  readonly validationSettings: { readonly mode: "strict" };
}

export type CedarValidated =
  | {
      readonly type: "success";
      readonly validationErrors: readonly { readonly error: CedarError }[];
      readonly validationWarnings: readonly { readonly error: CedarError }[];
    }
  | CedarFailure;
