import type { VNode } from "preact";
import { SourceRefused } from "../source/source.ts";
import { Notice } from "./notice.tsx";

/** Why something cannot be shown, and what to do about it. */
export function Fault({ fault }: { readonly fault: unknown }): VNode {
  const code = fault instanceof SourceRefused ? fault.code : undefined;
  return (
    <Notice kind="fault">
      <p role="alert">
        {code === undefined ? String(fault) : `${sentence(fault as Error)} ${ADVICE[code]}`}
      </p>
    </Notice>
  );
}

function sentence({ message }: Error): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`.replace(/([.!?])\.$/, "$1");
}

const ADVICE: Readonly<Record<SourceRefused["code"], string>> = {
  KEY_NEEDED: "Give an auditor's key above.",
  NOT_FOUND: "There is nothing here.",
  BUSY: "",
  REFUSED: "",
  UNREACHABLE: "Is the audit process running?",
};
