import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadBundle } from "@writ/engine/bundle";
import { listTools } from "../mcp/list-tools.ts";
import { skeletonOf } from "../mcp/skeleton.ts";
import { OperatorError } from "../operator-error.ts";
import { optional, repeated, required, UsageError, type Verb } from "../verb.ts";

export const verb: Verb = {
  help: `writ policy import-mcp [--out DIR] [--env NAME]… --server CMD [ARG…]

Starts an MCP server, reads its tools, stops it, and writes a policy to begin with: a category for
each tool, with the tool's arguments as its shape and the digest of the tool's definition. It arms,
and blocks everything until you write rules. No tool is called.

  --server CMD    the server's program; its arguments follow, behind -- if they begin with -
  --env NAME      give it this variable of the environment too, besides PATH, HOME and the like
  --out DIR       write DIR/bundle.yaml, which must not exist; default: print it

example: writ policy import-mcp --out policies/files --server npx -- -y @modelcontextprotocol/server-filesystem .
`,
  options: {
    server: { type: "string" },
    env: { type: "string", multiple: true },
    out: { type: "string" },
  },
  words: [0, Number.POSITIVE_INFINITY],
  async run(args) {
    const out = optional(args, "out");
    const path = join(out ?? ".", "bundle.yaml");
    if (out !== undefined && existsSync(path)) {
      throw new OperatorError(`${path}: is there already; choose another folder`);
    }
    const listed = await listTools({
      command: required(args, "server"),
      args: args.words,
      env: variables(repeated(args, "env")),
    });
    if (listed.tools.length === 0) throw new OperatorError(`${listed.server} has no tools`);
    const { text, categories, notes, renamed } = skeletonOf(listed);
    requireLoads(text);
    if (out === undefined) process.stdout.write(text);
    else {
      mkdirSync(out, { recursive: true });
      writeFileSync(path, text, { flag: "wx" });
      process.stdout.write(
        `${path}: ${categories} categories, all BLOCK; ${notes} notes on what the server says otherwise\n`,
      );
    }
    for (const each of renamed) process.stderr.write(`writ: ${each}\n`);
    return 0;
  },
};

function variables(names: readonly string[]): Record<string, string> {
  const entries = names.map((name) => {
    const value = process.env[name];
    if (value === undefined) throw new UsageError(`--env ${name}: there is no such variable`);
    return [name, value] as const;
  });
  return Object.fromEntries(entries);
}

/** Nothing is handed out that the engine would not take. */
function requireLoads(text: string): void {
  const loaded = loadBundle([{ path: "bundle.yaml", text }]);
  if ("bundle" in loaded) return;
  const [first] = loaded.faults;
  throw new OperatorError(`cannot say this server's tools as a policy: ${first?.message ?? ""}`);
}
