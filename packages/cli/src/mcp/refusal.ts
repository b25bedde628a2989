import { loadBundle } from "@writ/engine/bundle";

/** Why a bundle's loader refuses a shape for one member, or null: the loader knows, nobody else. */
export function refusal(member: string, schema: unknown): string | null {
  const shape = { type: "object", additionalProperties: false, properties: { [member]: schema } };
  const category = { action_type: "probe", always: "BLOCK", reason: "PROBE", input: shape };
  const text = JSON.stringify({ writ: 1, name: "probe", categories: { probe: category } });
  const loaded = loadBundle([{ path: "probe.json", text }]);
  return "faults" in loaded ? (loaded.faults[0]?.message ?? "it does not load") : null;
}
