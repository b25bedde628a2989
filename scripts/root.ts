import { join } from "node:path";

/** The repository. */
export const root: string = join(import.meta.dirname, "..");
