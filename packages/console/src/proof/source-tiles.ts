import { type LogSource, SourceRefused } from "../source/source.ts";
import type { FetchTile } from "./tiles.ts";

/** Tiles out of a source: what is not there is an answer, what cannot be reached is none. */
export function tilesFrom(source: LogSource, signal?: AbortSignal): FetchTile {
  return async (path) => {
    try {
      return await source.bytes(path, signal);
    } catch (error) {
      if (error instanceof SourceRefused && error.code === "NOT_FOUND") return undefined;
      throw error;
    }
  };
}
