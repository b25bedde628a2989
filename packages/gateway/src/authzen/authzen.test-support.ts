import type { TestContext } from "node:test";
import { decodeEvent, type Event } from "@writ/contract/event";
import { loadBundle } from "@writ/engine/bundle";
import { arm, type Engine } from "@writ/engine/engine";
import { type Served, serve } from "../gateway.test-support.ts";
import type { GatewayLimits } from "../limits.ts";

/**
 * The fixture of the AuthZEN certification scenario: its eight decisions, and nothing else. Ids are
 * known, a context is taken and decides nothing.
 */
const POLICY = `writ: 1
name: records
$defs:
  open: { type: [object, "null"], additionalProperties: true }
categories:
  access:
    action_type: access
    input:
      type: object
      additionalProperties: false
      required: [subject, action, resource]
      properties:
        subject:
          type: object
          additionalProperties: false
          required: [type, id]
          properties:
            type: { enum: [user] }
            id: { type: string }
            properties:
              type: [object, "null"]
              additionalProperties: false
              properties: { role: { type: string } }
        action:
          type: object
          additionalProperties: false
          required: [name]
          properties:
            name: { enum: [read, write, delete] }
            properties:
              type: [object, "null"]
              additionalProperties: false
              properties: { soft: { type: boolean } }
        resource:
          type: object
          additionalProperties: false
          required: [type, id]
          properties:
            type: { enum: [record] }
            id: { type: string, persistent: true }
            properties:
              type: [object, "null"]
              additionalProperties: false
              properties: { status: { type: string } }
        context: { $ref: "#/$defs/open" }
constraints:
  - name: access
    evaluators:
      - name: is_stranger
        categories: [access]
        when: input.subject.id != "alice" && input.subject.id != "bob"
        then: BLOCK
        reason: STRANGER
      - name: writes_what_is_archived
        categories: [access]
        when: >-
          input.action.name == "write" && input.resource.properties != null
          && input.resource.properties.status == "archived"
          && (input.subject.properties == null || input.subject.properties.role != "admin")
        then: BLOCK
        reason: ARCHIVED
      - name: writes_without_right
        categories: [access]
        when: >-
          input.action.name == "write" && input.subject.id != "alice"
          && (input.subject.properties == null || input.subject.properties.role != "admin")
        then: BLOCK
        reason: NOT_A_WRITER
      - name: deletes_for_good
        categories: [access]
        when: >-
          input.action.name == "delete"
          && (input.action.properties == null || input.action.properties.soft == null
          || !input.action.properties.soft)
        then: REWRITE
        rewrite_class: SOFTEN
        reason: NOT_SOFT
canaries:
  access:
    block:
      - subject: { type: user, id: mallory }
        action: { name: read }
        resource: { type: record, id: record-1 }
    execute:
      - subject: { type: user, id: alice }
        action: { name: read }
        resource: { type: record, id: record-1 }
`;

function armed(text: string): Engine {
  const loaded = loadBundle([{ path: "records.yaml", text }]);
  if ("faults" in loaded) throw new Error(JSON.stringify(loaded.faults));
  return arm(loaded.bundle);
}

export const RECORDS: Engine = armed(POLICY);

export interface Point extends Served {
  readonly url: string;
  events(): readonly Event[];
}

export const ORIGIN: string = "https://pdp.example.com";

export async function point(t: TestContext, limits: Partial<GatewayLimits> = {}): Promise<Point> {
  const options = { authzen: { category: "access", url: ORIGIN } };
  const served = await serve(t, limits, { engine: RECORDS }, options);
  return {
    ...served,
    url: `http://127.0.0.1:${served.port}`,
    events: () => served.log.entries.map(decodeEvent),
  };
}

export interface Said {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

export async function ask(
  url: string,
  path: string,
  body: object | string,
  headers: Record<string, string> = {},
): Promise<Said> {
  const response = await fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json(), headers: response.headers };
}

export const ONE: string = "/access/v1/evaluation";
export const SEVERAL: string = "/access/v1/evaluations";

interface Named {
  readonly type: string;
  readonly id: string;
}
export const alice: Named = { type: "user", id: "alice" };
export const record: Named = { type: "record", id: "record-1" };
export const read: { readonly name: string } = { name: "read" };
/** An evaluation that is true. */
export const WHOLE: object = { subject: alice, action: read, resource: record };
