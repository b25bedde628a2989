import type { ToolDefinition } from "@writ/adapters/mcp/tool-definition";
import { categoryName, categoryNames } from "./category-name.ts";
import type { ServerTools } from "./list-tools.ts";
import { exampleOf, type ShapeText, shapeLines } from "./shape-text.ts";
import { translateSchema } from "./translate-schema.ts";
import { commentLines, yamlText } from "./yaml-text.ts";

export interface Skeleton {
  readonly text: string;
  readonly categories: number;
  /** Notes about what could not be said as the server says it. */
  readonly notes: number;
  /** Tools whose category had to be named otherwise, because another tool's was alike. */
  readonly renamed: readonly string[];
}

interface Category {
  readonly name: string;
  readonly tool: ToolDefinition;
  readonly args: ShapeText;
}

/** A bundle with a category for each tool, which loads, arms and blocks everything. */
export function skeletonOf({ server, version, tools }: ServerTools): Skeleton {
  const names = categoryNames(tools.map(({ name }) => name));
  const categories = tools.map((tool) => {
    const name = names.get(tool.name) ?? "";
    return { name, tool, args: translateSchema(tool.inputSchema) };
  });
  const lines = [
    ...commentLines(
      `The tools of ${server} ${version}, as it listed them for writ policy import-mcp.`,
    ),
    ...ADVICE,
    "writ: 1",
    `name: ${categoryName(server)}`,
    "",
    "categories:",
    ...categories.flatMap(categoryLines),
    ...unwritten(categories),
  ];
  return {
    text: `${lines.join("\n")}\n`,
    categories: categories.length,
    notes: categories.reduce((sum, { args }) => sum + countNotes(args), 0),
    renamed: tools
      .filter(({ name }) => names.get(name) !== categoryName(name))
      .map(({ name }) => `${name} is ${names.get(name) ?? ""}: ${categoryName(name)} is taken`),
  };
}

const ADVICE = `#
# Everything is blocked: each category is always BLOCK until you write its rules. To open one, take
# out its lines always and reason, and fill in its part of constraints and canaries, at the end.
#
# The input of each category is what the agent supplies, the tool's arguments; what the server's
# schema leaves open is closed here, and a comment says what could not be said as the server says it.
# exact: true stands on what looks like a path or an identifier: such a text must arrive in lower case
# and trimmed, so that what runs is what was judged. Where case matters and capitals must pass, take
# it out, and remember that rules see /srv/TMP as /srv/tmp.
# tool.sha256 is the tool as it was now. A gateway refuses one that has become another.
#`.split("\n");

function categoryLines({ name, tool, args }: Category): readonly string[] {
  return [
    "",
    ...commentLines(tool.description).map((line) => `  ${line}`),
    `  ${name}:`,
    `    action_type: ${actionType(tool.name, name)}`,
    `    tool: { name: ${yamlText(tool.name)}, sha256: "${tool.sha256}" }`,
    "    always: BLOCK",
    "    reason: NO_RULES_YET",
    "    input:",
    "      type: object",
    "      additionalProperties: false",
    "      required: [arguments]",
    "      properties:",
    ...shapeLines("arguments", args, "        "),
  ];
}

/** Records hold at most 64 bytes of it. */
function actionType(tool: string, category: string): string {
  return yamlText(Buffer.byteLength(tool) <= 64 && tool !== "unrecognized" ? tool : category);
}

function unwritten(categories: readonly Category[]): readonly string[] {
  const rule = ({ name }: Category): readonly string[] => [
    `# - name: ${short(name)}`,
    "#   evaluators:",
    `#     - name: ${short(name)}_refused`,
    `#       categories: [${name}]`,
    '#       when: "false" # what must not pass, in CEL over input.arguments',
    "#       then: BLOCK",
    "#       reason: REFUSED",
  ];
  const canary = ({ name, args }: Category): readonly string[] => {
    const input = JSON.stringify({ arguments: exampleOf(args) });
    return [`# ${name}:`, `#   block: [${input}]`, `#   execute: [${input}]`];
  };
  return [
    "",
    "# constraints:",
    ...categories.flatMap(rule),
    "",
    "# canaries:",
    ...categories.flatMap(canary).map((line) => line.replace("# ", "#   ")),
  ];
}

/** Room for what is put behind it. */
function short(name: string): string {
  return name.slice(0, 56);
}

function countNotes({ notes, properties = [], items, additional }: ShapeText): number {
  const inner = [...properties.map(([, shape]) => shape), items, additional];
  const shapes = inner.filter((each) => typeof each === "object");
  return shapes.reduce((sum, shape) => sum + countNotes(shape), notes.length);
}
