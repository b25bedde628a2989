import type { Downstream } from "@writ/adapters/mcp/downstream";
import type { Adapter } from "@writ/enforce/adapter";
import type { Tool } from "@writ/engine/bundle";
import type { OfferedTool, ToolBook } from "@writ/gateway/mcp/agents-door";
import type { Settings } from "../config/table.ts";
import { OperatorError } from "../operator-error.ts";
import { toolName } from "./tool-names.ts";

/** A category of the policy, the tool whose calls it judges, and the server that has the tool. */
export interface ToolRow {
  /** What agents call it. */
  readonly name: string;
  readonly category: string;
  readonly server: string;
  readonly tool: Tool;
}

/** What the settings say of it. */
interface Told extends Pick<Settings, "execute"> {
  readonly mcp: Pick<Settings["mcp"], "servers">;
}

/**
 * The tools of a policy, each at its server: the only one, or the one that `execute` names for its
 * category. Throws OperatorError where that leaves a doubt.
 */
export function toolRows(
  tools: ReadonlyMap<string, Tool>,
  { mcp, execute }: Told,
): readonly ToolRow[] {
  const names = [...mcp.servers.keys()];
  if (names.length === 0) return [];
  const rows = new Map<string, ToolRow>();
  for (const [category, tool] of tools) {
    const named = execute.get(category);
    if (named !== undefined && !mcp.servers.has(named)) continue;
    const server = named ?? (names.length === 1 ? names[0] : undefined);
    if (server === undefined) {
      throw new OperatorError(
        `execute.${category}: say which of mcp.servers has the tool ${tool.name}`,
      );
    }
    const name = toolName(server, tool.name);
    const other = rows.get(name);
    if (other !== undefined) {
      throw new OperatorError(
        `${other.category} and ${category} are both of the tool ${tool.name} of ${server}: a call of it has one category`,
      );
    }
    rows.set(name, { name, category, server, tool });
  }
  return [...rows.values()];
}

/** How long a list of tools waits for a server that is being started. */
const PATIENCE_MS = 10_000;

/** The tools of the policy that decides now, at the servers that are connected. */
export class ToolTable implements ToolBook {
  readonly #servers: ReadonlyMap<string, Downstream>;
  #rows: ReadonlyMap<string, ToolRow> = new Map();

  constructor(servers: ReadonlyMap<string, Downstream>) {
    this.#servers = servers;
  }

  /** Goes by these rows from now on; the adapters that belong to them, by category. */
  take(rows: readonly ToolRow[]): ReadonlyMap<string, Adapter> {
    this.#rows = new Map(rows.map((row) => [row.name, row]));
    return new Map(
      rows.flatMap(({ category, server, tool }) => {
        const adapter = this.#servers.get(server)?.adapter(tool);
        return adapter === undefined ? [] : [[category, adapter] as const];
      }),
    );
  }

  categoryOf(name: string): string | undefined {
    return this.#rows.get(name)?.category;
  }

  async offered(): Promise<readonly OfferedTool[]> {
    const offered = await Promise.all([...this.#rows.values()].map((row) => this.#offer(row)));
    return offered.filter((each) => each !== undefined);
  }

  async #offer({ name, category, server, tool }: ToolRow): Promise<OfferedTool | undefined> {
    const definition = await this.#servers.get(server)?.definition(tool, PATIENCE_MS);
    return definition === undefined ? undefined : { name, category, definition };
  }
}
