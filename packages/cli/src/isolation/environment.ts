import type { Settings } from "../config/table.ts";
import type { ProcessRole } from "../supervise.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What Node itself goes by, and Windows. No process of ours reads a variable besides. */
const NODE = ["NODE_OPTIONS", "NODE_COMPILE_CACHE", "NODE_V8_COVERAGE", "SystemRoot"];
/** For whoever calls others over HTTP: whom to trust, and by which way. */
const CALLING = [
  "NODE_EXTRA_CA_CERTS",
  "NODE_USE_SYSTEM_CA",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  ...["NODE_USE_ENV_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"],
  ...["http_proxy", "https_proxy", "no_proxy"],
];

/** Variables by name; one that ends in * stands for all that begin so. */
const NEEDED: Readonly<Record<ProcessRole, readonly string[]>> = {
  // An SDK of OpenTelemetry is told by variables where traces go.
  gateway: [...NODE, ...CALLING, "OTEL_*"],
  bucket: NODE,
  // It asks witnesses; SQLite sorts in a folder for temporary files.
  audit: [...NODE, ...CALLING, "TMPDIR"],
  // It hands them on to the programs that it starts.
  servers: [...NODE, "HOME", "LANG", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "USER"],
};

/**
 * The variables that one process needs, out of those of whoever starts it: a shell's may hold
 * credentials of all sorts. What the settings say comes as flags, so none of `WRIT_…` is among them.
 *
 * @param named what the settings name besides, as holding a credential
 */
export function environmentOf(
  role: ProcessRole,
  environment: Environment,
  named: readonly string[] = [],
): Record<string, string> {
  const needed = [...NEEDED[role], ...named];
  const isNeeded = (name: string): boolean =>
    needed.some((each) =>
      each.endsWith("*") ? name.startsWith(each.slice(0, -1)) : name === each,
    );
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && isNeeded(name) ? [[name, value]] : [],
    ),
  );
}

/** The variables that the gateway's settings name, each for a credential. */
export function credentialVariables({ validators, adapters, mcp }: Settings): readonly string[] {
  return [...validators.values(), ...adapters.values(), ...mcp.servers.values()].flatMap(
    ({ authorization_env }) => authorization_env ?? [],
  );
}

/** Those that MCP servers are to get, each only its own. */
export function serverVariables({ mcp }: Settings): readonly string[] {
  return [...mcp.servers.values()].flatMap(({ env }) => env);
}
