import { Client, ProtocolError, SdkHttpError, type Transport } from "@modelcontextprotocol/client";

const IDENTITY = { name: "writ", version: "0.1.0" };

/**
 * A client that has shaken hands with a server, and offers it nothing: no sampling, no elicitation,
 * no roots. It begins as most servers expect it (`initialize`), and where that fails, on a connection
 * of its own, as servers of revision 2026-07-28 alone do. Rejects with why the first way failed.
 */
export async function connectClient(
  open: () => Promise<Transport>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Client> {
  try {
    return await shakeHands(open, "legacy", timeoutMs, signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (!isAnswer(error)) throw error;
    return await shakeHands(open, "auto", timeoutMs, signal).catch(() => {
      throw error;
    });
  }
}

async function shakeHands(
  open: () => Promise<Transport>,
  mode: "legacy" | "auto",
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Client> {
  const client = new Client(IDENTITY, {
    capabilities: {},
    versionNegotiation: { mode },
    // A server that asks for input to a call would have the call sent again with it.
    inputRequired: { autoFulfill: false },
  });
  const transport = await open();
  try {
    await client.connect(transport, { timeout: timeoutMs, ...(signal && { signal }) });
    return client;
  } catch (error) {
    await client.close().catch(() => {});
    await transport.close().catch(() => {});
    throw error;
  }
}

/** Whether the server said no, rather than nothing. */
function isAnswer(error: unknown): boolean {
  return error instanceof ProtocolError || error instanceof SdkHttpError;
}
