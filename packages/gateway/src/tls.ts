import { X509Certificate } from "node:crypto";

/** PEM texts. With `clientCa`, only who has a certificate of it can connect. */
export interface TlsTexts {
  readonly cert: string;
  readonly key: string;
  readonly clientCa?: string | undefined;
}

/** A text is not what OpenSSL would need, and would not miss. */
export class TlsTextRefused extends Error {
  override readonly name = "TlsTextRefused";
  readonly code: "TLS_TEXT_REFUSED" = "TLS_TEXT_REFUSED";
}

/** TLS below 1.2 is broken (RFC 8996). */
export const tlsFloor = { minVersion: "TLSv1.2", ALPNProtocols: ["http/1.1"] } as const;

/** The options of one secure context. Throws TlsTextRefused; OpenSSL says the rest when it is made. */
export function secureContext({ cert, key, clientCa }: TlsTexts): object {
  // An empty one would be no fault, and nobody could connect.
  for (const [what, text] of Object.entries({ certificate: cert, key })) {
    if (text.trim() === "") throw new TlsTextRefused(`the ${what} is empty`);
  }
  if (clientCa === undefined) return { cert, key };
  requireCertificates(clientCa);
  return { cert, key, ca: clientCa };
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * OpenSSL takes a text without any certificate for an authority that has signed nothing, and Node an
 * empty one for leave to trust every public authority: whoever has a certificate could call.
 */
function requireCertificates(text: string): void {
  const found = text.match(CERTIFICATE) ?? [];
  if (found.length === 0) throw new TlsTextRefused("the client CA holds no certificate in PEM");
  for (const [index, each] of found.entries()) {
    try {
      new X509Certificate(each);
    } catch {
      throw new TlsTextRefused(`the client CA's certificate ${index + 1} cannot be read`);
    }
  }
}
