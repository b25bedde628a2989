/** Offers a file for saving. It leaves this page by the reader's own hand, to no server. */
export function saveFile(
  name: string,
  content: Uint8Array | readonly string[],
  type: string,
): void {
  const parts = content instanceof Uint8Array ? [new Uint8Array(content)] : [...content];
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Some browsers begin to save later than they return from the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
