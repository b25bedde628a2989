import { StreamableHTTPClientTransport, type Transport } from "@modelcontextprotocol/client";
import { LineCut } from "./line-transport.ts";

export interface HttpServer {
  readonly url: string;
  /** Value of the header `authorization`; null where none is sent. */
  readonly authorization: string | null;
  /** Bytes that one answer may have. */
  readonly most: number;
}

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * Streamable HTTP to one URL. Nothing goes where nobody configured it: no redirect is followed, no
 * authorization is negotiated. The stream on which a server could speak up by itself is not opened;
 * what its tools are is asked again and again instead.
 */
export function httpTransport({ url, authorization, most }: HttpServer): Transport {
  const bounded: Fetch = async (to, init) => {
    if (init?.method === "GET") return new Response(null, { status: 405 });
    const response = await fetch(to, { ...init, redirect: "error" });
    return boundedResponse(response, most);
  };
  return new StreamableHTTPClientTransport(new URL(url), {
    fetch: bounded,
    requestInit: { headers: authorization === null ? {} : { authorization } },
  });
}

function boundedResponse(response: Response, most: number): Response {
  if (response.body === null) return response;
  let size = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, controller) {
      size += piece.length;
      if (size <= most) controller.enqueue(piece);
      else controller.error(new LineCut("TOO_LONG", `the server's answer is beyond ${most} bytes`));
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(counted), { status, statusText, headers });
}
