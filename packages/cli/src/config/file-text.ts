import type { Node, Nodes } from "./node.ts";
import { TABLE } from "./table.ts";

const HEAD = `# Settings of one deployment: writ serve --config writ.yaml
# A value that is commented out is an example; what holds without it stands beside it. Relative paths
# begin at this file's folder. A flag (--metrics-listen) wins over a variable (WRIT_METRICS_LISTEN),
# and both win over this file. Credentials stand in variables or files, never here.
`;

/** What \`writ init\` writes: every key there is, those that must be given filled in. */
export function settingsFileText(filled: Readonly<Record<string, string>>): string {
  return `${HEAD}${blocks(TABLE, "", filled).join("")}`;
}

const WIDTH = 100;

function blocks(
  nodes: Nodes,
  indent: string,
  filled: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.entries(nodes).map(([key, node]) => {
    const about = comment(aboutOf(node), indent);
    return `${indent === "" ? "\n" : ""}${about}${body(key, node, indent, filled)}`;
  });
}

function aboutOf(node: Node): string {
  if (node.node !== "scalar") return node.text;
  const without = node.need === "required" ? "Must be given." : `Without it: ${node.otherwise}.`;
  return `${node.text} ${without}`;
}

function body(
  key: string,
  node: Node,
  indent: string,
  filled: Readonly<Record<string, string>>,
): string {
  switch (node.node) {
    case "scalar": {
      const value = indent === "" ? filled[key] : undefined;
      return value === undefined
        ? `${indent}# ${key}: ${node.example}\n`
        : `${indent}${key}: ${value}\n`;
    }
    case "group":
      return `${indent}${key}:\n${blocks(node.keys, `${indent}  `, filled).join("")}`;
    case "named":
      return `${indent}${key}:\n${indent}  # ${node.example}:\n${keysOf(node.keys, `${indent}  #   `)}`;
    case "pairs":
      return `${indent}${key}:\n${indent}  # ${node.example}\n`;
    case "list":
      return `${indent}${key}:\n${indent}  # - ${node.example}\n`;
  }
}

/** Keys under an example's name: each on one line, what it is for behind it. */
function keysOf(nodes: Nodes, indent: string): string {
  return Object.entries(nodes)
    .map(([key, node]) => {
      if (node.node !== "scalar" && node.node !== "list") return "";
      const example = node.node === "list" ? `[${node.example}]` : node.example;
      return `${comment(aboutOf(node), indent)}${indent}${key}: ${example}\n`;
    })
    .join("");
}

function comment(text: string, indent: string): string {
  const lines: string[] = [];
  let line = `${indent}#`;
  for (const word of text.split(" ")) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = `${indent}#`;
    }
    line += ` ${word}`;
  }
  return `${[...lines, line].join("\n")}\n`;
}
