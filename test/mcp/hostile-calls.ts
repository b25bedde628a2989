import { join } from "node:path";
import type { World } from "./world.ts";

/** One call that a hostile agent makes. None of them may change anything, or show a secret. */
export interface HostileCall {
  readonly what: string;
  /** As the policy's category: the server's own name of the tool. */
  readonly tool: string;
  readonly arguments: unknown;
}

/** Spellings of a path to something that the agent may not reach, given what it may. */
function spellings({ base, folder, outside }: World): readonly string[] {
  const secret = join(outside, "secret.txt");
  const out = `${folder}/out`;
  const up = "../".repeat(12);
  return [
    secret,
    "/etc/passwd",
    `${base}/agents/notes.txt`,
    `${folder}/../outside/secret.txt`,
    `${out}/../../outside/secret.txt`,
    `${out}/../notes.txt`,
    `${out}/./../notes.txt`,
    `${out}//../notes.txt`,
    `${out}/drafts/../../notes.txt`,
    `${folder}/${up}etc/passwd`,
    `${out}/${up}etc/passwd`,
    `${out}/..`,
    `${out}/.`,
    `${out}/`,
    `${out}//report.txt`,
    `/${out}/report.txt`,
    "../outside/secret.txt",
    "out/../../outside/secret.txt",
    "out/report.txt",
    "",
    ".",
    "/",
    "~",
    "~/.ssh/id_ed25519",
    "~root/secret.txt",
    `${out}/~/../../../outside/secret.txt`,
    `${out}\\..\\..\\outside\\secret.txt`,
    `${out}\\..\\notes.txt`,
    "C:\\windows\\win.ini",
    "\\\\host\\share\\secret.txt",
    `file://${secret}`,
    `file:///${out}/../notes.txt`,
    `'${secret}'`,
    `"${out}/report.txt"`,
    `${out}/%2e%2e/notes.txt`,
    `${out}/..%2fnotes.txt`,
    `${out}/%252e%252e/notes.txt`,
    `${out}/..;/notes.txt`,
    `${out}/report.txt\0`,
    `${out}/../notes.txt\0${out}/report.txt`,
    `${out}/report.txt\0/../../notes.txt`,
    `${out}/report.txt\n`,
    ` ${out}/report.txt`,
    `${out}/report.txt `,
    `${out} /report.txt`,
    `${out}/report.txt.`,
    `${out}/.../report.txt`,
    `${out}/.env`,
    `${folder}/.hidden/token`,
    out.replace("agent", "AGENT"),
    `${folder}/OUT/report.txt`,
    `${folder}/Out/report.txt`,
    `${out}/REPORT.TXT`,
    `${folder}/Capital.txt`,
    "/proc/self/root/etc/passwd",
    `/proc/self/cwd/${out}/report.txt`,
    `/dev/fd/0`,
    // The leading character of a component, and the dots, as something that looks like it.
    `${folder}/\u043eut/report.txt`,
    `${folder}/o\u1d1ct/report.txt`,
    `${out}/\uff0e\uff0e/notes.txt`,
    `${out}/\u2025/notes.txt`,
    `${out}/.\u200b./notes.txt`,
    `${out}/..\u200b/notes.txt`,
    `${out}/\u2024\u2024/notes.txt`,
    `${out}\uff0f..\uff0fnotes.txt`,
    `${out}\u2044..\u2044notes.txt`,
    `${out}\u2215..\u2215notes.txt`,
    `${out}/re\u200bport.txt`,
    `${out}/\u202ereport.txt`,
    `${out}/report\ufe0f.txt`,
    `${out}/re\u00adport.txt`,
    `${out}/\ufeffreport.txt`,
    `\ufeff${out}/report.txt`,
    `${out}/report\u{e0041}.txt`,
    `${out}/\u212aelvin.txt`,
    `${out}/caf\u00e9.txt`,
    `${out}/cafe\u0301.txt`,
    `${out}/f\u0131le.txt`,
    `${out}/\u0130.txt`,
    `${out}/\ud800.txt`,
    `${out}/${"a".repeat(2_000)}`,
    `${out}/${"a/".repeat(2_000)}a`,
    `${out}/$(touch ${outside}/shell)`,
    `${out}/;touch ${outside}/shell`,
    `${out}/\${HOME}`,
    `${out}/*`,
    `${out}/{a,b}`,
  ];
}

/** A path that the policy lets through, and a link of the tree that leads elsewhere. */
function links({ folder }: World): readonly string[] {
  return [
    `${folder}/out/link-secret`,
    `${folder}/out/link-outside/secret.txt`,
    `${folder}/out/link-outside/new.txt`,
    `${folder}/out/link-missing`,
    `${folder}/out/link-notes`,
    `${folder}/out/link-deep/new.txt`,
    `${folder}/out/link-deep/er/plan.txt`,
  ];
}

const write = (path: unknown): unknown => ({ path, content: "hostile" });
const edit = (path: unknown): unknown => ({ path, edits: [{ oldText: "line", newText: "lie" }] });

/** Every spelling by two tools; every link by each tool that writes; and one of each reading tool. */
function pathCalls(world: World): readonly HostileCall[] {
  const calls: HostileCall[] = [];
  const add = (tool: string, path: string, args: unknown): void => {
    calls.push({ what: `${tool} ${JSON.stringify(path).slice(0, 120)}`, tool, arguments: args });
  };
  spellings(world).forEach((path, index) => {
    add("write_file", path, write(path));
    // What a reader may well read is left out: it is inside, and spelled in the only way.
    add("read_text_file", path, { path, head: 5 });
    if (index % 4 === 0) add("edit_file", path, edit(path));
    if (index % 4 === 1) add("create_directory", path, { path });
    if (index % 4 === 2)
      add("move_file", path, { source: `${world.folder}/out/report.txt`, destination: path });
    if (index % 4 === 3)
      add("move_file", path, { source: path, destination: `${world.folder}/out/taken` });
  });
  for (const path of links(world)) {
    add("write_file", path, write(path));
    add("edit_file", path, edit(path));
  }
  const past = `${world.folder}/out/link-outside`;
  add("create_directory", past, { path: `${past}/made` });
  add("create_directory", past, { path: `${world.folder}/out/link-deep/made` });
  add("move_file", past, {
    source: `${past}/secret.txt`,
    destination: `${world.folder}/out/taken`,
  });
  add("move_file", past, {
    source: `${world.folder}/out/link-notes`,
    destination: `${world.folder}/out/taken`,
  });
  add("move_file", past, {
    source: `${world.folder}/out/report.txt`,
    destination: `${past}/report.txt`,
  });
  add("move_file", past, {
    source: `${world.folder}/out/report.txt`,
    destination: `${world.folder}/out/link-deep/report.txt`,
  });
  return calls;
}

/** Reads that would show what lies outside. */
function readingCalls({ folder, outside }: World): readonly HostileCall[] {
  const secret = `${outside}/secret.txt`;
  const table: readonly (readonly [string, unknown])[] = [
    ["read_text_file", { path: `${folder}/link-secret`, head: 5 }],
    ["read_text_file", { path: `${folder}/link-outside/secret.txt`, tail: 5 }],
    ["read_text_file", { path: `${folder}/.hidden/token`, head: 5 }],
    ["read_media_file", { path: secret }],
    ["read_media_file", { path: `${folder}/link-secret` }],
    ["read_media_file", { path: `${secret}#.png` }],
    ["list_directory", { path: outside }],
    ["list_directory", { path: `${folder}/link-outside` }],
    ["list_directory_with_sizes", { path: `${folder}/..` }],
    ["directory_tree", { path: outside }],
    ["directory_tree", { path: `${folder}/link-outside` }],
    ["search_files", { path: outside, pattern: "*" }],
    ["search_files", { path: `${folder}/link-outside`, pattern: "**" }],
    ["search_files", { path: folder, pattern: `${"*a".repeat(30)}b` }],
    ["search_files", { path: folder, pattern: "*(*(a|b)|*(c|d))" }],
    ["search_files", { path: folder, pattern: "{a,b}".repeat(12) }],
    ["search_files", { path: folder, pattern: "x", excludePatterns: Array(5_000).fill("*a") }],
    ["get_file_info", { path: secret }],
    ["get_file_info", { path: `${folder}/link-secret` }],
    ["read_file", { path: secret }],
    ["read_multiple_files", { paths: [secret, `${folder}/notes.txt`] }],
  ];
  return table.map(([tool, args]) => ({
    what: `${tool} of what is outside`,
    tool,
    arguments: args,
  }));
}

/** Arguments of the wrong kind, too many, too large, or with a second meaning. */
function argumentCalls({ folder, outside }: World): readonly HostileCall[] {
  const inside = `${folder}/out/report.txt`;
  const secret = `${outside}/secret.txt`;
  const deep = (levels: number): unknown =>
    JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`);
  const rows: readonly (readonly [string, unknown])[] = [
    ["no arguments", {}],
    ["a number for a path", write(7)],
    ["null for a path", write(null)],
    ["a list for a path", write([inside])],
    ["an object for a path", write({ path: inside, toString: secret })],
    ["a boolean for a path", write(true)],
    ["an array for content", { path: inside, content: ["hostile"] }],
    ["a Buffer as JSON", { path: inside, content: { type: "Buffer", data: [104, 105] } }],
    ["a second path", { path: inside, content: "hostile", file: secret }],
    ["a path in another case", { path: inside, Path: secret, content: "hostile" }],
    [
      "a prototype",
      JSON.parse(`{"path":"${inside}","content":"x","__proto__":{"path":"${secret}"}}`),
    ],
    ["a constructor", { path: inside, content: "hostile", constructor: { prototype: {} } }],
    ["what enforcement alone says", { path: inside, content: "hostile", host: { caller: "root" } }],
    ["what the protocol says", { path: inside, content: "hostile", _meta: { progressToken: 1 } }],
    ["a category", { path: inside, content: "hostile", category: "list_allowed_directories" }],
    ["deep nesting", { path: inside, content: deep(60) }],
    ["nesting beyond all bounds", { path: inside, content: deep(2_000) }],
    ["four hundred thousand characters to outside", { path: secret, content: "x".repeat(400_000) }],
    ["a name of half a million", write(`${folder}/out/${"a".repeat(500_000)}`)],
    [
      "ten thousand members",
      Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`m${i}`, i])),
    ],
    ["a number that no double holds", { path: inside, content: 1e308 * 10 }],
    ["a request's id for a path", write("8f14e45f-ceea-467f-a0e6-3d2b1c5f7a90")],
  ];
  return rows.map(([what, args]) => ({ what, tool: "write_file", arguments: args }));
}

/** Names that are no tool's, or only nearly. Each stands as it is sent, without the server's name. */
export const TOOL_NAMES: readonly string[] = [
  "",
  "write_file",
  "out_write_file",
  "out__",
  "__write_file",
  "out__write_file ",
  " out__write_file",
  "OUT__write_file",
  "out__Write_File",
  "out__write_file\0",
  "out__write_file\u200b",
  "out__wr\u0456te_file",
  "out__write_file__out__write_file",
  "out__write-file",
  "out.write_file",
  "out/write_file",
  "files__write_file",
  "out__read_text_file",
  "files__read_file",
  "files__read_multiple_files",
  "../out__write_file",
  "unrecognized",
  "out__unrecognized",
  "__proto__",
  "constructor",
  "out__constructor",
  "out____proto__",
  "toString",
  "out__write_file;files__read_text_file",
  "out__write_file\n",
  "a".repeat(65),
  "a".repeat(10_000),
];

/** The calls of a scripted agent that tries everything: all of them well-formed MCP. */
export function hostileCalls(world: World): readonly HostileCall[] {
  return [...pathCalls(world), ...readingCalls(world), ...argumentCalls(world)];
}
