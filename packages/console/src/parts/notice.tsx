import type { ComponentChildren, VNode } from "preact";

/** Something said plainly in a box: how things are, or what is wrong. */
export function Notice({
  kind = "plain",
  children,
}: {
  readonly kind?: "plain" | "fault";
  readonly children: ComponentChildren;
}): VNode {
  return <div class={kind === "fault" ? "notice is-fault" : "notice"}>{children}</div>;
}
