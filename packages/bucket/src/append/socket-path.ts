/** Why a socket's path cannot be used. */
export class SocketPathRefused extends Error {
  override readonly name = "SocketPathRefused";
  readonly code: "SOCKET_PATH_TOO_LONG" | "SOCKET_PATH_TAKEN";

  constructor(code: SocketPathRefused["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** sun_path has 108 bytes on Linux and 104 on macOS and the BSDs, its final NUL included. */
const LONGEST_PATH_BYTES = 100;

/** Throws SocketPathRefused; the system would cut a longer path off, or only say EINVAL. */
export function requireSocketPath(path: string): void {
  const bytes = new TextEncoder().encode(path).length;
  if (bytes <= LONGEST_PATH_BYTES) return;
  throw new SocketPathRefused(
    "SOCKET_PATH_TOO_LONG",
    `socket path has ${bytes} bytes; use a relative or shorter one of at most ${LONGEST_PATH_BYTES}`,
  );
}
