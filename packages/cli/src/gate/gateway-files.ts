import { resolve } from "node:path";
import type { Settings } from "../config/table.ts";

export interface GatewayReach {
  readonly settings: Settings;
  /** Path of writ.yaml, if there is one. */
  readonly config: string | undefined;
  /** The validators' own file, if there is one. */
  readonly validators: string | undefined;
}

/**
 * What the gateway opens outside of its own part of the data folder, absolute: some of it again and
 * again, so by names that stay while what is behind them is replaced.
 */
export function gatewayFiles({ settings, config, validators }: GatewayReach): {
  readonly read: readonly string[];
  readonly write: readonly string[];
} {
  const { policy, tls, adapters, mcp, log } = settings;
  const called = [...settings.validators.values(), ...adapters.values(), ...mcp.servers.values()];
  const credentials = called.map(({ authorization_file }) => authorization_file);
  const files = [policy, config, validators, ...credentials, tls.cert, tls.key, tls.client_ca];
  const isFile = log.reasons !== "none" && log.reasons !== "stderr";
  return { read: absolute(files), write: absolute(isFile ? [log.reasons] : []) };
}

function absolute(paths: readonly (string | null | undefined)[]): readonly string[] {
  const given = paths.flatMap((path) =>
    path === null || path === undefined ? [] : [resolve(path)],
  );
  return [...new Set(given)];
}
