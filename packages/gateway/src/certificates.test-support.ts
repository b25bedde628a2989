import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../../enforce/src/enforce.test-support.ts";
import type { TlsTexts } from "./tls.ts";

export interface Certificates {
  readonly server: TlsTexts;
  readonly ca: string;
  client(name: string): { readonly cert: string; readonly key: string };
}

/** A CA, the server's certificate, and clients' under names of their own. */
export function certificates(): Certificates {
  const folder = temporaryFolder();
  const openssl = (...args: string[]): void => {
    execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca");
  const issue = (name: string, subject: string): { cert: string; key: string } => {
    openssl(
      "req",
      "-x509",
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      ...key,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.pem`,
      "-subj",
      subject,
      "-addext",
      "subjectAltName=DNS:localhost",
    );
    return { cert: read(`${name}.pem`), key: read(`${name}.key`) };
  };
  const server = issue("server", "/CN=localhost");
  return {
    server: { ...server, clientCa: read("ca.pem") },
    ca: read("ca.pem"),
    client: (name) => issue("client", name),
  };
}
