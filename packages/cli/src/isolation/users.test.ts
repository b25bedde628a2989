import assert from "node:assert/strict";
import { test } from "node:test";
import { OperatorError } from "../operator-error.ts";
import { parseUsers } from "./users.ts";

const PASSWD = `root:x:0:0:root:/root:/bin/bash
writ-gateway:x:901:801::/:/usr/sbin/nologin
writ-bucket:x:902:802::/:/usr/sbin/nologin
`;

test("names and numbers; a number has the group that the system knows, or its own", () => {
  assert.deepEqual(parseUsers("bucket=writ-bucket,gateway=901,audit=5000", PASSWD), {
    gateway: { uid: 901, gid: 801 },
    bucket: { uid: 902, gid: 802 },
    audit: { uid: 5000, gid: 5000 },
  });
});

const REFUSED: Readonly<Record<string, RegExp>> = {
  "": /give gateway=USER,bucket=USER,audit=USER/,
  "gateway=1,bucket=2": /give gateway=USER/,
  "gateway=1,bucket=2,audit=3,audit=4": /give gateway=USER/,
  "gateway=1,bucket=2,auditor=3": /give gateway=USER/,
  "gateway=1=1,bucket=2,audit=3": /give gateway=USER/,
  "gateway=1,bucket=2,audit=nobody-here": /no user nobody-here/,
  "gateway=1,bucket=2,audit=": /no user/,
  "gateway=1,bucket=2,audit=-3": /no user -3/,
  "gateway=1,bucket=1,audit=3": /different users/,
  "gateway=901,bucket=writ-gateway,audit=3": /different users/,
  "gateway=0,bucket=2,audit=3": /not root/,
  "gateway=1,bucket=root,audit=3": /not root/,
};

for (const [text, message] of Object.entries(REFUSED)) {
  test(`--users ${text} is refused`, () => {
    assert.throws(
      () => parseUsers(text, PASSWD),
      (error) => error instanceof OperatorError && message.test(error.message),
    );
  });
}
