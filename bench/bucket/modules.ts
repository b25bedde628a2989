import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(
  join(process.env.WRIT_BENCH_MODULES ?? join(import.meta.dirname, ".."), "package.json"),
);

/** A client of somebody else's, from the bench's own packages. Throws where it is not installed. */
export function moduleOf<T>(name: string): T {
  return require(name);
}

export function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}
