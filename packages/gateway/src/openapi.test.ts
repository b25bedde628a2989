import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { temporaryFolder } from "../../enforce/src/enforce.test-support.ts";
import { addCaller } from "./callers.test-support.ts";
import { openCallers } from "./callers.ts";
import { exchange, HELLO, parse, post, request, serve } from "./gateway.test-support.ts";
import { OPENAPI_TEXT } from "./openapi.ts";
import { REFUSALS } from "./refusal.ts";
import { ROUTES } from "./routes.ts";

interface Media {
  readonly schema: object;
  readonly "x-line-schema"?: object;
}

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, Media>> }>
  >;
}

const document = JSON.parse(OPENAPI_TEXT) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
};

const ajv = new Ajv2020({ strict: false });
ajv.addSchema({ $id: "urn:writ:api", components: document.components });

function assertFits(schema: object, value: unknown): void {
  const text = JSON.stringify(schema).replaceAll('"#/', '"urn:writ:api#/');
  const validate = ajv.compile(JSON.parse(text));
  assert.ok(validate(value), JSON.stringify([value, validate.errors]));
}

function mediaOf(path: string, method: string, status: number, type: string): Media {
  const media = document.paths[path]?.[method]?.responses[`${status}`]?.content[type];
  assert.ok(media !== undefined, `${method} ${path} ${status} ${type} is not described`);
  return media;
}

test("what is described is what is routed", () => {
  const described = Object.entries(document.paths).map(([path, item]) => [path, Object.keys(item)]);
  const routed = Object.entries(ROUTES).map(([path, { method }]) => [path, [method.toLowerCase()]]);
  assert.deepEqual(described, routed);
  for (const schema of Object.values(document.components.schemas)) {
    assert.ok(ajv.validateSchema(schema), JSON.stringify(ajv.errors));
  }
});

test("the statuses of an attempt are those that can be refused with, and 200", () => {
  const expected = [...new Set([200, ...Object.values(REFUSALS)])].sort().map(String);
  for (const path of ["/v1/enforce", "/v1/execute"]) {
    assert.deepEqual(Object.keys(document.paths[path]?.post?.responses ?? {}), expected);
  }
});

const say = (text: string): string => JSON.stringify({ category: "say", input: { text } });

test("every answer is as it is described", async (t) => {
  const file = `${temporaryFolder()}/gateway/callers`;
  const key = addCaller(file, { name: "desk", categories: ["say"] });
  const slow = addCaller(file, { name: "slow", rate: 0.001, burst: 1 });
  const adapter = {
    name: "desk",
    deadlineMs: 500,
    maxResultBytes: 99,
    run: async () => ({ a: 1 }),
  };
  const served = await serve(
    t,
    { requestMs: 300 },
    { adapters: new Map([["say", adapter]]) },
    { callers: openCallers(file) },
  );
  const held = `authorization: Bearer ${key}`;
  const rated = `authorization: Bearer ${slow}`;
  const ndjson = "content-type: application/x-ndjson";
  const give = '{"category":"give","input":{}}';
  const sent: string[] = [
    post(say("hello"), held),
    post(say("loud"), held),
    post(say("secret"), held),
    post(give, held),
    post([say("hello"), say("loud"), say("secret"), give, "{"].join("\n"), held, ndjson),
    post(HELLO),
    post(HELLO, rated),
    post(HELLO, rated),
    post(HELLO, held, "content-type: ;"),
    post(HELLO, held, "expect: nothing"),
    post(HELLO, held).replace("host: gateway\r\n", ""),
    post(HELLO, held, `x: ${"x".repeat(20_000)}`),
    post(HELLO, held).slice(0, -1),
    request("POST /v1/enforce HTTP/1.1", [held, "content-length: 9999999"]),
    request("GET /v1/enforce HTTP/1.1", []),
    request("POST /v1/enforce/ HTTP/1.1", []),
  ];
  const all = sent.flatMap((text) => [text, text.replace("/v1/enforce", "/v1/execute")]);
  const seen = new Set<number>();
  for (const text of all) {
    const { status, headers, body } = parse(await exchange(served.port, text));
    seen.add(status);
    const type = headers
      .find((line) => line.startsWith("content-type: "))
      ?.slice(14)
      .split(";")[0];
    const path = text.includes("/v1/execute") ? "/v1/execute" : "/v1/enforce";
    const media = mediaOf(path, "post", status, type ?? "");
    const line = media["x-line-schema"];
    if (line === undefined) assertFits(media.schema, JSON.parse(body));
    else {
      const lines = body.match(/\{"decision.*\}(?=\n)/g) ?? [];
      assert.equal(lines.length, 5);
      for (const each of lines) assertFits(line, JSON.parse(each));
    }
  }
  assert.deepEqual([...seen].sort(), [200, 400, 401, 403, 404, 405, 408, 413, 415, 417, 429, 431]);
});

test("pages are as they are described", async (t) => {
  const { port } = await serve(t);
  for (const path of ["/healthz", "/readyz", "/openapi.json"]) {
    const { status, body } = parse(await exchange(port, request(`GET ${path} HTTP/1.1`, [])));
    assertFits(mediaOf(path, "get", status, "application/json").schema, JSON.parse(body));
  }
});
