import { fault } from "@writ/engine/fields";
import { KeyRefused } from "@writ/tlog/note-key";
import { bundleSigners, SignerRefused } from "../policy/bundle-signature.ts";
import { longestAttemptMs } from "./longest-attempt.ts";
import type { Reading } from "./read.ts";
import type { Authorization, Settings } from "./table.ts";

type Finding = readonly [path: string, message: string];

/** What no key says alone. What stands in the file is a fault there; the rest comes back as lines. */
export function checkTogether(settings: Settings, { places, faults }: Reading): readonly string[] {
  const findings = [
    ...tls(settings),
    ...credentials({
      validators: settings.validators,
      adapters: settings.adapters,
      "mcp.servers": settings.mcp.servers,
    }),
    ...agents(settings),
    ...servers(settings),
    ...execute(settings),
    ...authzen(settings),
    ...governance(settings),
    ...closing(settings),
  ];
  return findings.flatMap(([path, message]) => {
    const place = places.get(path);
    if (place === undefined) return [message];
    fault(place, "WRONG_TYPE", message, faults);
    return [];
  });
}

function tls({ tls: { cert, key, client_ca } }: Settings): readonly Finding[] {
  const found: Finding[] = [];
  if (cert !== null && key === null) found.push(["tls.cert", "tls.cert needs tls.key: add it"]);
  if (key !== null && cert === null) found.push(["tls.key", "tls.key needs tls.cert: add it"]);
  if (client_ca !== null && cert === null) {
    found.push(["tls.client_ca", "tls.client_ca needs tls.cert and tls.key: add them"]);
  }
  return found;
}

/** Two places for one credential leave open which one counts. */
export function credentials(
  sections: Readonly<Record<string, ReadonlyMap<string, Authorization>>>,
): readonly Finding[] {
  return Object.entries(sections).flatMap(([section, all]) =>
    [...all].flatMap(([name, { authorization_env, authorization_file }]): readonly Finding[] => {
      if (authorization_env === null || authorization_file === null) return [];
      const path = `${section}.${name}`;
      return [[path, `${path}: keep authorization_env or authorization_file, not both`]];
    }),
  );
}

/** What `writ mcp` shows to a gateway elsewhere; one on the data folder asks for nothing. */
function agents({ mcp }: Settings): readonly Finding[] {
  const { gateway, authorization_env, authorization_file } = mcp;
  if (authorization_env !== null && authorization_file !== null) {
    return [["mcp", "mcp: keep authorization_env or authorization_file, not both"]];
  }
  return gateway === null && (authorization_env ?? authorization_file) !== null
    ? [["mcp", "mcp: authorization_env and authorization_file are for a gateway: add mcp.gateway"]]
    : [];
}

/** A server is a program or a URL, and one name names one of all that carry out. */
function servers({ mcp, adapters }: Settings): readonly Finding[] {
  return [...mcp.servers].flatMap(([name, server]): readonly Finding[] => {
    const path = `mcp.servers.${name}`;
    const { command, url, args, env, cwd, authorization_env, authorization_file } = server;
    const found: Finding[] = [];
    if (adapters.has(name)) found.push([path, `${path}: an adapter has this name; rename one`]);
    if ((command === null) === (url === null)) {
      found.push([path, `${path}: give command or url, one of the two`]);
    }
    if (command === null && (args.length > 0 || env.length > 0 || cwd !== null)) {
      found.push([path, `${path}: args, env and cwd are for a command; remove them`]);
    }
    if (url === null && (authorization_env ?? authorization_file) !== null) {
      found.push([path, `${path}: authorization_env and authorization_file are for a url`]);
    }
    return found;
  });
}

function execute({ execute: carried, adapters, mcp }: Settings): readonly Finding[] {
  return [...carried].flatMap(([category, adapter]): readonly Finding[] =>
    adapters.has(adapter) || mcp.servers.has(adapter)
      ? []
      : [
          [
            `execute.${category}`,
            `there is no adapter ${adapter}: add it to adapters, or to mcp.servers`,
          ],
        ],
  );
}

function authzen({ authzen: { category, url } }: Settings): readonly Finding[] {
  if (category !== null || url === null) return [];
  return [["authzen.url", "authzen.url needs authzen.category: add it"]];
}

function governance({ governance: { keys, quorum } }: Settings): readonly Finding[] {
  if (quorum !== null && quorum > keys.length) {
    return [["governance.quorum", `${quorum} of ${keys.length} keys can never sign: lower quorum`]];
  }
  try {
    bundleSigners(keys);
    return [];
  } catch (error) {
    if (!(error instanceof KeyRefused) && !(error instanceof SignerRefused)) throw error;
    return [["governance.keys", `governance.keys: ${error.message}`]];
  }
}

function closing(settings: Settings): readonly Finding[] {
  const { close_ms } = settings.limits;
  const longest = longestAttemptMs(settings);
  if (close_ms === null || close_ms >= longest) return [];
  const path = "limits.close_ms";
  return [[path, `an attempt can take ${longest} ms, by its deadlines: let ${path} be no less`]];
}
