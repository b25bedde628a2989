import { join } from "node:path";

/** The root of the clone. */
export const root: string = join(import.meta.dirname, "..");
