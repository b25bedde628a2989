import type { Constitution } from "@writ/bucket/constitution";

/** A constitution as a draft for people to change: YAML with a comment at everything. */
export function draftText(constitution: Constitution): string {
  const { origin, log_key, event_schema, writers, quotas, governance, witnesses } = constitution;
  const { predecessor, from } = constitution;
  return `# A constitution of the log ${JSON.stringify(origin)}, which nobody has signed yet.
# Change what is to change, and look at it:        writ constitution show FILE --after DATA
# Each who governs signs, one after the other:     writ constitution sign FILE --key KEY --after DATA
# With the Bucket stopped, put it in force:        writ constitution install DATA FILE
format: writ-constitution/v1
event_schema: ${event_schema}

# The log's name, which never changes, and the key that signs its tree heads, which may.
origin: ${quoted(origin)}
log_key: ${quoted(log_key)}

# Who may append, and how much in all its life. Bytes are those that events need on disk, tiles
# included: twice an event's length and 56, and for each message 512 and twice the origin's length.
# A writer's name is that of its key and may be left out.
${section("writers", writers.map(writerText))}
# The same of all writers together, former ones included; in_flight is how many events may be on
# their way to the disk at once.
quotas: { events: ${quotas.events}, bytes: ${quotas.bytes}, in_flight: ${quotas.in_flight} }

# Who signs the NEXT constitution, and how many of them must.
governance:
  threshold: ${governance.threshold}
${indented(section("keys", governance.keys.map(quoted)))}
# Whose cosignatures its checkpoints collect; url: null where they come by another way.
${section(
  "witnesses",
  witnesses.map(
    ({ key, url }) => `{ key: ${quoted(key)}, url: ${url === null ? "null" : quoted(url)} }`,
  ),
)}
# What it follows, and the tree from which it holds: the log's very end when it is installed. Leave
# both; with the Bucket stopped, writ constitution new DATA --like FILE --out FILE fills them in anew.
predecessor: ${predecessor === null ? "null" : `{ digest: ${quoted(predecessor.digest)} }`}
from: { size: ${from.size}, root: ${quoted(from.root)} }
`;
}

function writerText({ name, key, quota }: Constitution["writers"][number]): string {
  return `{ name: ${quoted(name)}, key: ${quoted(key)}, quota: { events: ${quota.events}, bytes: ${quota.bytes} } }`;
}

function section(name: string, items: readonly string[]): string {
  if (items.length === 0) return `${name}: []\n`;
  return `${name}:\n${items.map((item) => `  - ${item}\n`).join("")}`;
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}

/** A JSON string is a YAML string, whatever is in it. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
