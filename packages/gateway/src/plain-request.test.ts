import assert from "node:assert/strict";
import { test } from "node:test";
import { plainRequest } from "./plain-request.ts";

const read = (text: string): ReturnType<typeof plainRequest> =>
  plainRequest(Buffer.from(text, "latin1"), 1_000, 100);

const PLAIN = "POST /v1/enforce HTTP/1.1\r\nHost: gateway\r\nContent-Length: 2\r\n\r\n{}";

test("a plain request is read with the headers that anything depends on", () => {
  const found = read(
    "POST /v1/execute HTTP/1.1\r\nhost:gateway\r\nAccept: */*\r\ncontent-TYPE: \t application/json \r\nauthorization: Bearer a:b\r\nConnection: Close\r\ncontent-length: 2\r\n\r\n{}",
  );
  assert.deepEqual(found && { ...found, body: `${found.body}` }, {
    method: "POST",
    url: "/v1/execute",
    httpVersionMinor: 1,
    headers: {
      host: "gateway",
      "content-type": "application/json",
      authorization: "Bearer a:b",
      connection: "Close",
      "content-length": "2",
    },
    body: "{}",
    isLast: true,
  });
  assert.equal(read(PLAIN)?.isLast, false);
});

const LEFT_TO_NODE: Readonly<Record<string, string>> = {
  "another method": PLAIN.replace("POST", "PUT"),
  "another version": PLAIN.replace("1.1\r", "1.0\r"),
  "a query": PLAIN.replace("enforce", "enforce?a"),
  "an absolute path": PLAIN.replace("/v1", "http://gateway/v1"),
  "an empty line before": `\r\n${PLAIN}`,
  "a bare LF": PLAIN.replace("gateway\r\n", "gateway\n"),
  "a CR in a value": PLAIN.replace("gateway", "gate\rway"),
  "a zero byte in a value": PLAIN.replace("gateway", "gate\0way"),
  "a value beyond ASCII": PLAIN.replace("gateway", "gatewäy"),
  "a space before a colon": PLAIN.replace("Host:", "Host :"),
  "a space before a name": PLAIN.replace("Content", " Content"),
  "a folded line": PLAIN.replace("gateway", "gateway\r\n more"),
  "a line without a colon": PLAIN.replace("Host: gateway", "Host: gateway\r\nmore"),
  "no host": PLAIN.replace("Host", "Hose"),
  "two hosts": PLAIN.replace("Host", "Host: a\r\nHost"),
  "no length": PLAIN.replace("Length", "Lengths"),
  "two lengths": PLAIN.replace("Content", "content-length: 2\r\nContent"),
  "a length with a sign": PLAIN.replace(": 2", ": +2"),
  "a length with a zero": PLAIN.replace(": 2", ": 02"),
  "a length list": PLAIN.replace(": 2", ": 2, 2"),
  "a length and chunks": PLAIN.replace("Host", "Transfer-Encoding: chunked\r\nHost"),
  "a body that is not all there": PLAIN.slice(0, -1),
  "more than the body": `${PLAIN}P`,
  "a body beyond the bound": `${PLAIN.replace(": 2", ": 101").slice(0, -2)}${"x".repeat(101)}`,
  "a head beyond the bound": PLAIN.replace("gateway", "g".repeat(1_000)),
  "two authorizations": PLAIN.replace("Host", "Authorization: a\r\nAuthorization: b\r\nHost"),
  "an expectation": PLAIN.replace("Host", "Expect: 100-continue\r\nHost"),
  "an upgrade": PLAIN.replace("Host", "Upgrade: h2c\r\nHost"),
  "a connection of two words": PLAIN.replace("Host", "Connection: keep-alive, te\r\nHost"),
  "half a head": PLAIN.slice(0, 30),
};

for (const [what, text] of Object.entries(LEFT_TO_NODE)) {
  test(`${what} is left to Node`, () => assert.equal(read(text), undefined));
}
