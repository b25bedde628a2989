import { defaultLimits } from "@writ/gateway/limits";
import type { Address } from "../deployment.ts";
import {
  ADAPTER_NAME,
  ADDRESS,
  CALLER_NAME,
  CATEGORY_NAME,
  count,
  HTTPS_ORIGIN,
  LINES,
  LOOPBACK,
  oneOf,
  PATH,
  SERVER_NAME,
  URL_OF,
  VALIDATOR_NAME,
  VARIABLE,
  VKEY,
  WORD,
} from "./kinds.ts";
import { type Nodes, optional, required, standard, type TableOf } from "./node.ts";

/** Of the two at most one. */
export interface Authorization {
  readonly authorization_env: string | null;
  readonly authorization_file: string | null;
}

export interface ValidatorSettings extends Authorization {
  readonly url: string;
  readonly timeout_ms: number;
}

export interface AdapterSettings extends Authorization {
  readonly kind: "http";
  readonly url: string;
  readonly deadline_ms: number;
  readonly max_result_bytes: number;
}

/** An MCP server: either a command, or a URL. */
export interface ServerSettings extends Authorization {
  readonly command: string | null;
  readonly args: readonly string[];
  readonly cwd: string | null;
  readonly env: readonly string[];
  readonly url: string | null;
  readonly deadline_ms: number;
  readonly max_result_bytes: number;
}

export interface LimitSettings {
  readonly in_flight: number;
  readonly connections: number;
  readonly request_ms: number;
  readonly idle_ms: number;
  readonly answer_ms: number;
  readonly body_budget_bytes: number;
  readonly batches: number;
  readonly batch_in_flight: number;
  readonly close_ms: number | null;
}

/** What one deployment is told to do. Paths are absolute. */
export interface Settings {
  readonly policy: string | null;
  readonly data: string | null;
  readonly guard: string | null;
  readonly listen: Address;
  readonly audit_listen: Address;
  readonly tls: {
    readonly cert: string | null;
    readonly key: string | null;
    readonly client_ca: string | null;
  };
  readonly validators: ReadonlyMap<string, ValidatorSettings>;
  readonly adapters: ReadonlyMap<string, AdapterSettings>;
  readonly execute: ReadonlyMap<string, string>;
  readonly mcp: Authorization & {
    readonly caller: string | null;
    readonly gateway: string | null;
    readonly servers: ReadonlyMap<string, ServerSettings>;
  };
  readonly authzen: { readonly category: string | null; readonly url: string | null };
  readonly limits: LimitSettings;
  readonly governance: { readonly keys: readonly string[]; readonly quorum: number | null };
  readonly metrics: { readonly listen: Address | null };
  readonly log: {
    readonly level: "debug" | "info" | "warn" | "error" | "silent";
    readonly reasons: string;
  };
}

/** Longer than a caller waits for a decision. */
const LONGEST_VALIDATOR_MS = 30_000;
const LONGEST_ADAPTER_MS = 600_000;

const authorization: TableOf<Authorization> = {
  authorization_env: optional(VARIABLE, "no credential is sent", {
    text: "Variable that holds the value of the header `authorization`. Of this and authorization_file, at most one.",
    example: "TONE_AUTHORIZATION",
  }),
  authorization_file: optional(PATH, "no credential is sent", {
    text: "File that holds it, on one line.",
    example: "/run/credentials/tone",
  }),
};

/**
 * Every key of writ.yaml. From here come the check of the file, the flags and variables, the file
 * that `writ init` writes, and docs/configuration.md.
 */
export const TABLE: TableOf<Settings> & Nodes = {
  policy: optional(PATH, "nothing starts", {
    text: "Folder with the bundle's .yaml or .json files. It is read at the start and at each reload.",
    example: "policy",
  }),
  data: optional(PATH, "nothing starts", {
    text: "Keys, Bucket, counters and sockets of this deployment.",
    example: "data",
  }),
  guard: optional(PATH, "guard in the data folder", {
    text: "Where the guard is kept, best on another disk. It remembers the last head that was synced, so that an older copy of the Bucket is not taken for the present one.",
    example: "/mnt/other-disk/writ-guard",
  }),
  listen: standard(ADDRESS, "127.0.0.1:8420", {
    text: "Where the gateway takes attempts. Anything but this machine alone needs callers: see `writ caller`.",
    example: "127.0.0.1:8420",
  }),
  audit_listen: standard(ADDRESS, "127.0.0.1:8421", {
    text: "Where the audit shows the log.",
    example: "127.0.0.1:8421",
  }),
  tls: {
    node: "group",
    text: "TLS on the callers' port. The files are read again at each reload.",
    keys: {
      cert: optional(PATH, "plain HTTP", {
        text: "Certificate chain, PEM.",
        example: "tls/cert.pem",
      }),
      key: optional(PATH, "plain HTTP", { text: "Its key, PEM.", example: "tls/key.pem" }),
      client_ca: optional(PATH, "no client certificate is asked for", {
        text: "Who signs the certificates of callers, PEM: with it, a caller without one is refused.",
        example: "tls/clients.pem",
      }),
    },
  },
  validators: {
    node: "named",
    text: "Where the validators that the policy declares are asked, each under its name in the policy.",
    names: VALIDATOR_NAME,
    example: "tone",
    keys: {
      url: required(URL_OF, { text: "Asked by POST.", example: "http://127.0.0.1:9000/judge" }),
      timeout_ms: required(count(1, LONGEST_VALIDATOR_MS), {
        text: "From asking to the last byte of the answer; then the validator counts as silent.",
        example: "2000",
      }),
      ...authorization,
    },
  },
  adapters: {
    node: "named",
    text: "Who carries out what is allowed, for /v1/execute. The name stands in the record.",
    names: ADAPTER_NAME,
    example: "payments",
    keys: {
      kind: required(oneOf("http"), { text: "Posts the action to one URL.", example: "http" }),
      url: required(URL_OF, { text: "Where to.", example: "http://127.0.0.1:9100/act" }),
      deadline_ms: standard(count(1, LONGEST_ADAPTER_MS), "10000", {
        text: "From the call to the last byte of the answer; then it counts as failed.",
        example: "10000",
      }),
      max_result_bytes: standard(count(1, 16_777_216), "1048576", {
        text: "Bytes that an answer may have; beyond, it counts as failed.",
        example: "1048576",
      }),
      ...authorization,
    },
  },
  execute: {
    node: "pairs",
    text: "Which adapter carries out which category. No caller chooses; a category that is not here is never carried out.",
    names: CATEGORY_NAME,
    kind: ADAPTER_NAME,
    example: "send_payment: payments",
  },
  mcp: {
    node: "group",
    text: "For agents that speak the Model Context Protocol: the servers whose tools they are let use, one by one. With a server here, agents are met at `/mcp` and by `writ mcp`. See docs/mcp.md.",
    keys: {
      caller: optional(CALLER_NAME, "agents have no name", {
        text: "`host.caller` of agents that come by `writ mcp`, or over HTTP where nobody is asked for a key. Where callers have keys, one of them.",
        example: "coder",
      }),
      gateway: optional(URL_OF, "the gateway of the data folder", {
        text: "Where `writ mcp` brings agents to instead: a gateway of another user or machine, over HTTP. Its /mcp is asked.",
        example: "https://gateway.example:8420",
      }),
      ...authorization,
      servers: {
        node: "named",
        text: "MCP servers. The name stands before the tools' names, and in the record. A category of the policy that names a tool is carried out by the only server, or by the one that `execute` names for it.",
        names: SERVER_NAME,
        example: "files",
        keys: {
          command: optional(WORD, "url is", {
            text: "Program to start, which speaks MCP over its standard input and output. Of this and url, one.",
            example: "npx",
          }),
          args: {
            node: "list",
            text: "Its arguments.",
            kind: WORD,
            example: '-y, "@modelcontextprotocol/server-filesystem", /srv/files',
          },
          cwd: optional(PATH, "where `writ` was started", {
            text: "Folder that it is started in.",
            example: "/srv/files",
          }),
          env: {
            node: "list",
            text: "Variables that it gets besides PATH, HOME and the like.",
            kind: VARIABLE,
            example: "GITHUB_TOKEN",
          },
          url: optional(URL_OF, "command is", {
            text: "Where a server listens that speaks MCP over streamable HTTP.",
            example: "http://127.0.0.1:3000/mcp",
          }),
          ...authorization,
          deadline_ms: standard(count(1, LONGEST_ADAPTER_MS), "60000", {
            text: "From a call to its result; then it counts as failed.",
            example: "60000",
          }),
          max_result_bytes: standard(count(1, 16_777_216), "1048576", {
            text: "Bytes that a result may have; beyond, it counts as failed.",
            example: "1048576",
          }),
        },
      },
    },
  },
  authzen: {
    node: "group",
    text: "The callers' port as a decision point of the AuthZEN Authorization API 1.0, at `/access/v1/`.",
    keys: {
      category: optional(CATEGORY_NAME, "AuthZEN is not served", {
        text: "By which every evaluation is judged; its input has subject, action, resource and context.",
        example: "access",
      }),
      url: optional(HTTPS_ORIGIN, "no metadata is served", {
        text: "The decision point's public name, for its metadata at `/.well-known/authzen-configuration`.",
        example: "https://pdp.example.com",
      }),
    },
  },
  limits: {
    node: "group",
    text: "What callers can take of the gateway, all of them together. Beyond it they are refused before an attempt begins.",
    keys: {
      in_flight: standard(count(1, 65_536), "2048", {
        text: "Attempts at once. Keep it below the in-flight quota of the Bucket's constitution. A caller begins another only while it has fewer under way than may still begin: one alone has half of them at most.",
        example: "2048",
      }),
      connections: standard(count(1, 1_000_000), `${defaultLimits.connections}`, {
        text: "Open connections; further ones are closed at once.",
        example: "10000",
      }),
      request_ms: standard(count(100, 600_000), `${defaultLimits.requestMs}`, {
        text: "Within which a request, or the next line of a batch, must have arrived whole.",
        example: "30000",
      }),
      idle_ms: standard(count(100, 3_600_000), `${defaultLimits.idleMs}`, {
        text: "That a connection may be silent between two requests.",
        example: "30000",
      }),
      answer_ms: standard(count(100, 600_000), `${defaultLimits.answerMs}`, {
        text: "Within which an answer must have been taken in.",
        example: "30000",
      }),
      body_budget_bytes: standard(count(4_194_304, 2 ** 40), `${defaultLimits.bodyBudgetBytes}`, {
        text: "Bytes of bodies held at once, the first 16 KiB of each apart.",
        example: "134217728",
      }),
      batches: standard(count(1, 65_536), `${defaultLimits.batches}`, {
        text: "Batches at once; of a caller as many as of attempts, in proportion.",
        example: "64",
      }),
      batch_in_flight: standard(count(1, 65_536), `${defaultLimits.batchInFlight}`, {
        text: "Attempts of one batch at once.",
        example: "256",
      }),
      close_ms: optional(
        count(1, 3_600_000),
        "the longest that an attempt can take, by the deadlines of validators, adapters and the Bucket",
        {
          text: "How long a stop waits for attempts under way. Less than an attempt can take is refused.",
          example: "120000",
        },
      ),
    },
  },
  governance: {
    node: "group",
    text: "With keys here, only a policy that they have signed (`writ policy sign`) is armed, at the start and at each reload.",
    keys: {
      keys: {
        node: "list",
        text: "Verifier keys of those who may sign policies, one holder each.",
        kind: VKEY,
        example: "alice+2acec82f+ARqXr9kbitCCZSsH0CJh2H8Vomv1loOtwHmBlsG64mMx",
      },
      quorum: optional(count(1, 1_000), "all of the keys", {
        text: "How many of them must have signed.",
        example: "1",
      }),
    },
  },
  metrics: {
    node: "group",
    text: "Counters of the gateway, for Prometheus.",
    keys: {
      listen: optional(LOOPBACK, "no metrics", {
        text: "Where `/metrics` is served: a port of its own on this machine, since it asks nobody for a key.",
        example: "127.0.0.1:9464",
      }),
    },
  },
  log: {
    node: "group",
    text: "What the gateway tells its operator, as lines of JSON. No line holds an input, a header or a key.",
    keys: {
      level: standard(oneOf("debug", "info", "warn", "error", "silent"), "info", {
        text: "From which level on events of the process itself are told, on standard error.",
        example: "info",
      }),
      reasons: standard(LINES, "none", {
        text: "Where a line for each attempt goes: decision, reason, what became of the record. It holds policy: keep it from callers. `none`, `stderr`, or a file that is appended to, and opened again at each reload.",
        example: "stderr",
      }),
    },
  },
};
