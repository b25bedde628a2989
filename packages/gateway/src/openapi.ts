import { maxEvaluations } from "./authzen/evaluation-request.ts";
import { maxBodyBytes, retryAfterSeconds } from "./limits.ts";

/** What the gateway serves, as OpenAPI 3.1; a test holds the routes and their answers to it. */

const decisionId = {
  type: "string",
  pattern: "^[0-9a-f]{16}\\.[1-9][0-9]{0,15}\\.[1-9][0-9]{0,15}$",
  description: "<gateway>.<epoch>.<sequence>: this attempt, and the key of its record.",
};

const traceId = {
  type: "string",
  pattern: "^[0-9a-f]{64}$",
  description: "SHA-256 of normal form, category and engine version: the same input, the same id.",
};

function answerOf(decision: string, status: string, further: object = {}, also: string[] = []) {
  return {
    type: "object",
    additionalProperties: false,
    required: ["decision", "trace_id", "enforcement_decision_id", "status", ...also],
    properties: {
      decision: { const: decision },
      trace_id: { $ref: "#/components/schemas/TraceId" },
      enforcement_decision_id: { $ref: "#/components/schemas/DecisionId" },
      status: { const: status },
      ...further,
    },
  };
}

const schemas = {
  TraceId: traceId,
  DecisionId: decisionId,
  Envelope: {
    type: "object",
    required: ["category", "input"],
    properties: {
      category: {
        type: "string",
        maxLength: 64,
        pattern: "^[a-z][a-z_]*$",
        description: "Which kind of enforcement this is; the policy defines them.",
      },
      input: {
        type: "object",
        description: "What is to be judged; the policy's shape of the category says its members.",
      },
    },
    description: "Strict JSON; further members are ignored. What is none is an attempt, and BLOCK.",
  },
  Execute: answerOf("EXECUTE", "success"),
  Done: answerOf(
    "EXECUTE",
    "success",
    { result: { description: "What the adapter returned: any JSON value." } },
    ["result"],
  ),
  Rewrite: answerOf(
    "REWRITE",
    "failed",
    {
      rewrite_class: {
        type: "string",
        description: "How the input may be changed for a new attempt.",
      },
    },
    ["rewrite_class"],
  ),
  Block: answerOf("BLOCK", "failed"),
  Refusal: {
    type: "object",
    additionalProperties: false,
    required: ["decision", "status"],
    properties: { decision: { const: "BLOCK" }, status: { const: "failed" } },
    description: "No attempt was made: nothing was decided, numbered or written.",
  },
  EnforceAnswer: { oneOf: refs("Execute", "Rewrite", "Block") },
  ExecuteAnswer: { oneOf: refs("Done", "Rewrite", "Block") },
  EnforceLine: { oneOf: refs("Execute", "Rewrite", "Block", "Refusal") },
  ExecuteLine: { oneOf: refs("Done", "Rewrite", "Block", "Refusal") },
  Health: statusOf("up"),
  Ready: statusOf("ready"),
  NotReady: statusOf("no bucket", "closing"),
};

function refs(...names: readonly string[]): object[] {
  return names.map((name) => ({ $ref: `#/components/schemas/${name}` }));
}

function statusOf(...words: readonly string[]): object {
  return {
    type: "object",
    additionalProperties: false,
    required: ["status"],
    properties: { status: { enum: words } },
  };
}

/** The statuses of what is refused before it is an attempt. */
const refusals: Readonly<Record<string, string>> = {
  400: "not HTTP/1.1 as it should be: no Host, a malformed path, header or chunk",
  401: "no key, or none that is known",
  403: "a category that this caller may not use; a browser's request where nobody is asked for a key",
  404: "no such path",
  405: "a path that is for another method, which `Allow` names",
  408: "not whole in time",
  413: `a body beyond ${maxBodyBytes} bytes`,
  415: "a content type that is no media type",
  417: "an expectation other than 100-continue",
  429: "beyond the caller's rate, more attempts or batches at once than the gateway takes, or more than can wait for `Retry-After`",
  431: "headers too large",
  500: "a failure of the gateway",
  503: "too many bytes of bodies at once, or closing",
};

const RETRY_AFTER = {
  description: "Seconds; a request of the same caller on this connection waits until then.",
  schema: { const: retryAfterSeconds },
};

function json(name: string): object {
  return { "application/json": { schema: { $ref: `#/components/schemas/${name}` } } };
}

function refusalResponses(body = "Refusal"): Record<string, object> {
  return Object.fromEntries(
    Object.entries(refusals).map(([status, why]) => [status, refusal(status, why, body)]),
  );
}

function refusal(status: string, why: string, body = "Refusal"): object {
  return {
    description: `BLOCK, and no attempt: ${why}.`,
    ...(status === "429" ? { headers: { "Retry-After": RETRY_AFTER } } : {}),
    content: json(body),
  };
}

function attempt(operationId: string, summary: string, answer: string, line: string): object {
  const lines = (schema: string, description: string): object => ({
    "application/x-ndjson": {
      schema: { type: "string", description },
      "x-line-schema": { $ref: `#/components/schemas/${schema}` },
    },
  });
  return {
    post: {
      operationId,
      summary,
      requestBody: {
        content: {
          ...json("Envelope"),
          ...lines("Envelope", "A batch: each line an envelope, and an attempt of its own."),
        },
      },
      responses: {
        200: {
          description:
            "The answer to an attempt, which is in the ledger unless it says BLOCK. For a batch, a line for each line, in their order.",
          content: {
            ...json(answer),
            ...lines(line, "Each line an answer, or the refusal of that line."),
          },
        },
        ...refusalResponses(),
      },
    },
  };
}

function agents(): object {
  const message = { "application/json": { schema: { type: "object" } } };
  const error = { "application/json": { schema: { type: "object", required: ["error"] } } };
  return {
    post: {
      operationId: "mcp",
      summary: "A message of the Model Context Protocol, where agents are let in by it.",
      description:
        "Streamable HTTP without sessions or streams. Each tools/call is an attempt; what is refused before it is one is answered as on the other paths.",
      requestBody: { content: message },
      responses: {
        200: { description: "The answer: JSON-RPC.", content: message },
        202: { description: "Taken in; there is nothing to answer." },
        ...refusalResponses(),
        400: { description: "No message of the protocol: JSON-RPC.", content: error },
        404: { description: "No such path, or no agents; or, as JSON-RPC, no such method." },
        406: { description: "Answers are not taken as JSON: JSON-RPC.", content: error },
      },
    },
  };
}

/** The words of the AuthZEN Authorization API 1.0, as far as they are checked before an attempt. */
const authzen = {
  AuthzenEntity: {
    type: "object",
    required: ["type", "id"],
    properties: {
      type: { type: "string" },
      id: { type: "string" },
      properties: { type: "object" },
    },
  },
  AuthzenEvaluation: {
    type: "object",
    required: ["subject", "action", "resource"],
    properties: {
      subject: { $ref: "#/components/schemas/AuthzenEntity" },
      action: {
        type: "object",
        required: ["name"],
        properties: { name: { type: "string" }, properties: { type: "object" } },
      },
      resource: { $ref: "#/components/schemas/AuthzenEntity" },
      context: { type: "object" },
    },
  },
  AuthzenEvaluations: {
    type: "object",
    properties: {
      evaluations: { type: "array", maxItems: maxEvaluations },
      options: {
        type: "object",
        properties: {
          evaluations_semantic: {
            enum: ["execute_all", "deny_on_first_deny", "permit_on_first_permit"],
          },
        },
      },
    },
    description: "The members of one evaluation are defaults for those in `evaluations`.",
  },
  AuthzenDecision: {
    type: "object",
    additionalProperties: false,
    required: ["decision"],
    properties: { decision: { type: "boolean" } },
  },
  AuthzenDecisions: {
    type: "object",
    additionalProperties: false,
    required: ["evaluations"],
    properties: {
      evaluations: { type: "array", items: { $ref: "#/components/schemas/AuthzenDecision" } },
    },
  },
  AuthzenAnswer: { oneOf: refs("AuthzenDecision", "AuthzenDecisions") },
  AuthzenDenial: {
    type: "object",
    additionalProperties: false,
    required: ["decision"],
    properties: { decision: { const: false } },
    description: "No attempt was made: nothing was decided, numbered or written.",
  },
  AuthzenMetadata: {
    type: "object",
    required: ["policy_decision_point", "access_evaluation_endpoint"],
    properties: {
      policy_decision_point: { type: "string" },
      access_evaluation_endpoint: { type: "string" },
      access_evaluations_endpoint: { type: "string" },
    },
  },
};

function evaluation(operationId: string, summary: string, asked: string, answer: string): object {
  const description = "Each evaluation is an attempt: true for EXECUTE, false for everything else.";
  return {
    post: {
      operationId,
      summary,
      requestBody: { content: json(asked) },
      responses: {
        200: { description, content: json(answer) },
        ...refusalResponses("AuthzenDenial"),
      },
    },
  };
}

function page(operationId: string, summary: string, responses: object): object {
  const tooMany = refusal("429", "too many at once on one connection");
  return { get: { operationId, summary, security: [], responses: { ...responses, 429: tooMany } } };
}

const document = {
  openapi: "3.1.0",
  info: {
    title: "Writ gateway",
    version: "1",
    license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    description:
      "Decides what an agent may do, by policy, and records every decision before it is told. Every answer that permits nothing says BLOCK or REWRITE, whatever its status.",
  },
  security: [{ key: [] }, { certificate: [] }, {}],
  paths: {
    "/v1/enforce": attempt(
      "enforce",
      "May the caller do this? Decides, records, then answers.",
      "EnforceAnswer",
      "EnforceLine",
    ),
    "/v1/execute": attempt(
      "execute",
      "Do this, if it is allowed: decides, acts through the category's adapter, records, answers.",
      "ExecuteAnswer",
      "ExecuteLine",
    ),
    "/mcp": agents(),
    "/access/v1/evaluation": evaluation(
      "evaluation",
      "AuthZEN: one evaluation, where it is configured.",
      "AuthzenEvaluation",
      "AuthzenDecision",
    ),
    "/access/v1/evaluations": evaluation(
      "evaluations",
      "AuthZEN: several evaluations, where it is configured.",
      "AuthzenEvaluations",
      "AuthzenAnswer",
    ),
    "/.well-known/authzen-configuration": page("decisionPoint", "AuthZEN: where it is served.", {
      200: { description: "Its metadata.", content: json("AuthzenMetadata") },
      404: { description: "It has no public name.", content: json("Refusal") },
    }),
    "/healthz": page("health", "Whether the process runs.", {
      200: { description: "It does.", content: json("Health") },
    }),
    "/readyz": page("readiness", "Whether an attempt could be recorded now.", {
      200: { description: "A Bucket is connected.", content: json("Ready") },
      503: { description: "None is, or the gateway is closing.", content: json("NotReady") },
    }),
    "/openapi.json": page("description", "This document.", {
      200: {
        description: "OpenAPI 3.1.",
        content: { "application/json": { schema: { type: "object" } } },
      },
    }),
  },
  components: {
    schemas: { ...schemas, ...authzen },
    securitySchemes: {
      key: { type: "http", scheme: "bearer", description: "A key of writ caller add." },
      certificate: {
        type: "mutualTLS",
        description: "A client certificate whose common name is a caller's.",
      },
    },
  },
};

export const OPENAPI_TEXT: string = JSON.stringify(document);
