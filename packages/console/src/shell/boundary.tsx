import { Component, type ComponentChildren, type VNode } from "preact";
import { Notice } from "../parts/notice.tsx";

interface Props {
  readonly children: ComponentChildren;
}

/** A view that breaks is said to have broken: it must never look like one that found nothing. */
export class Boundary extends Component<Props, { readonly fault: unknown }> {
  override state: { readonly fault: unknown } = { fault: undefined };

  override componentDidCatch(fault: unknown): void {
    this.setState({ fault });
  }

  override render({ children }: Props, { fault }: { readonly fault: unknown }): VNode {
    if (fault === undefined) return <>{children}</>;
    return (
      <Notice kind="fault">
        <p role="alert">This view broke: {String(fault)}. What it showed proves nothing.</p>
      </Notice>
    );
  }
}
