/**
 * Something outside the program stands in the way and a person can remove it: a taken port, an
 * unreadable file, a locked Bucket. Printed as one line, exit 2.
 */
export class OperatorError extends Error {
  readonly code: "OPERATOR" = "OPERATOR";
}

/**
 * Whether an error says something that a person can act on: our own refusals and the system's errors
 * carry a code. Node's own `ERR_` codes mark misuse, so a bug here, which deserves its stack.
 */
export function isForOperator(error: unknown): error is Error {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return typeof error.code === "string" && !error.code.startsWith("ERR_");
}

/** The line for an error of the file system or the network. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, syscall, path: from, dest } = error as NodeJS.ErrnoException & { dest?: string };
  // Where this process is says nothing of why it cannot go where it would.
  const path = syscall === "chdir" ? dest : from;
  const known: Readonly<Record<string, string>> = {
    ENOENT: "there is no such file or folder",
    EACCES: "no permission",
    EEXIST: "is there already",
    EISDIR: "is a folder, not a file",
    ENOTDIR: "is a file, not a folder",
    EADDRINUSE: "the address is taken by another program",
    EADDRNOTAVAIL: "this machine does not have that address",
    ENOSPC: "the disk is full",
  };
  const said = code === undefined ? undefined : known[code];
  if (said === undefined) return error.message;
  return path === undefined ? said : `${path}: ${said}`;
}
