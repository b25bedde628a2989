#!/usr/bin/env node
// Plain JavaScript, so that an old Node says what is wrong instead of failing on a type.
const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(
    `writ: needs Node 24 or later and runs on ${process.versions.node}; run npm start once, then npx writ\n`,
  );
  process.exit(2);
}
await import("../src/main.ts");
