import { reachable } from "./names.ts";
import type { Node, Nodes } from "./node.ts";
import { TABLE } from "./table.ts";

const HEAD = `# Settings

Everything that \`writ serve\` can be told. \`writ init\` writes a commented \`writ.yaml\`;
\`writ serve --config writ.yaml\` takes it. A flag wins over a variable, a variable over the file; where
none speaks, what stands under "without it" holds. Relative paths in the file begin at its folder,
those of flags and variables where the command is run.

The file is checked whole before anything starts: all that is wrong is told at once, with line and
column; a key that is not in this table is refused, with the nearest that is. Credentials stand in
variables (\`authorization_env\`) or files (\`authorization_file\`), never in it.

What is in here holds from the next start on. \`writ reload\` and SIGHUP read the policy and the TLS
files again, nothing else.
`;

/** docs/configuration.md, whole. */
export function settingsPageText(): string {
  const one = Object.entries(TABLE).filter(([, { node }]) => node === "scalar");
  const rest = Object.entries(TABLE).filter(([, { node }]) => node !== "scalar");
  const sections = rest.map(([key, node]) => section(key, node));
  return `${HEAD}\n${table(Object.fromEntries(one), "", true)}${sections.join("")}`;
}

function section(key: string, node: Node): string {
  const head = `\n## \`${key}\`\n\n${node.text}\n\n`;
  switch (node.node) {
    case "group": {
      const named = Object.entries(node.keys).filter(([, each]) => each.node === "named");
      const others = Object.entries(node.keys).filter(([, each]) => each.node !== "named");
      const sections = named.map(([name, each]) => `${section(`${key}.${name}`, each)}`);
      return `${head}${table(Object.fromEntries(others), `${key}.`, true)}${sections.join("")}`;
    }
    case "named":
      return `${head}Under a name (${node.names.form}), in the file alone:\n\n${table(node.keys, "", false)}`;
    case "pairs":
      return `${head}In the file alone: \`${node.example}\`, a line each.\n`;
    default:
      return head;
  }
}

function table(nodes: Nodes, above: string, outside: boolean): string {
  const names = new Map(reachable(nodes, above).map((each) => [each.path, each]));
  const rows = Object.entries(nodes).map(([key, node]) => {
    const path = `${above}${key}`;
    const { flag, variable } = names.get(path) ?? {};
    const others = flag === undefined ? "in the file alone" : `\`--${flag}\`, \`${variable}\``;
    const [form, without] =
      node.node === "scalar"
        ? [node.kind.form, otherwise(node)]
        : [node.node === "list" ? `a list, each ${node.kind.form}` : "", "none"];
    const cells = [`\`${path}\``, `${node.text} Give ${form}.`, without];
    return `| ${[...cells, ...(outside ? [others] : [])].join(" | ")} |`;
  });
  const head = ["key", "what it is for", "without it", ...(outside ? ["flag, variable"] : [])];
  const rule = head.map(() => "---");
  return `${[`| ${head.join(" | ")} |`, `| ${rule.join(" | ")} |`, ...rows].join("\n")}\n`;
}

function otherwise({ need, otherwise: text }: Extract<Node, { node: "scalar" }>): string {
  return need === "standard" ? `\`${text}\`` : text;
}
