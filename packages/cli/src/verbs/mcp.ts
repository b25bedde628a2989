import { resolve } from "node:path";
import { readSettings, spelledOut } from "../config/settings.ts";
import { credentialOf } from "../credential.ts";
import { relayHttp } from "../mcp/http-relay.ts";
import { relay } from "../mcp/relay.ts";
import { optional, UsageError, type Verb } from "../verb.ts";

export const verb: Verb = {
  help: `writ mcp --config FILE [--data DIR] [--mcp-caller NAME]

An MCP server on standard input and output, for an agent's client to start: the tools of the servers
that writ.yaml names, each call decided by the policy and recorded. It joins the gateway that runs
on the data folder, as this user; where none runs, it starts all that writ serve would, in the
background, for this agent and others. That ends a few seconds after the last of them has left; what
it says stands in agents/log of the data folder.

Where mcp.gateway names a gateway of another user or machine, it goes there, over HTTP; the key that
mcp.authorization_file or mcp.authorization_env holds says who the agent is.

Standard output carries the protocol and nothing else.

  --config FILE             writ.yaml, with mcp.servers: see docs/mcp.md
  --data DIR                the data folder, in place of the one that it names
  --mcp-caller NAME         host.caller of this agent, in place of mcp.caller

example: writ mcp --config writ.yaml
`,
  options: {
    config: { type: "string" },
    data: { type: "string" },
    "mcp-caller": { type: "string" },
  },
  words: [0, 0],
  async run(args) {
    const config = optional(args, "config");
    const { flags } = args;
    const environment = process.env;
    const settings = readSettings({ file: config, flags, environment });
    const { data, policy, mcp } = settings;
    if (mcp.gateway !== null) {
      const authorization = credentialOf(mcp, "mcp", environment);
      const url = new URL("mcp", mcp.gateway.replace(/\/?$/, "/")).href;
      return relayHttp({ url, authorization }, process.stdin, process.stdout);
    }
    if (data === null || policy === null) {
      throw new UsageError(`--${data === null ? "data" : "policy"} is missing`);
    }
    if (mcp.servers.size === 0) {
      throw new UsageError("mcp.servers is empty: name a server in --config");
    }
    const spelled = Object.entries(spelledOut({ flags, environment }));
    const serveFlags = [
      ...(config === undefined ? [] : ["--config", resolve(config)]),
      ...spelled.flatMap(([flag, value]) => [`--${flag}`, value]),
    ];
    return relay({ data, caller: mcp.caller, serveFlags }, process.stdin, process.stdout);
  },
};
