/** One check, and what came of it. */
export interface ShownCheck {
  readonly title: string;
  readonly answer: "holds" | "fails" | "unasked" | "unneeded";
  readonly sentence: string;
}
