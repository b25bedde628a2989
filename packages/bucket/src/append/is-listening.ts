import { connect } from "node:net";

/**
 * Whether somebody listens on a socket of this system. Anything but a plain refusal may hide a living
 * process, so only a refusal counts as nobody.
 */
export function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT");
    });
  });
}
