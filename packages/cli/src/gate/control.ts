import { connect, type Socket } from "node:net";
import { claimedSocket } from "./claim.ts";

/** What an operator may ask of a running gateway. */
export type Order =
  | { readonly order: "reload"; readonly resume: boolean }
  | { readonly order: "halt" };

/** What came of it: whether it was done, and a line for the operator. */
export interface Outcome {
  readonly done: boolean;
  readonly line: string;
}

const MOST_BYTES = 65_536;
/** Within which an order must have arrived; carrying it out may take longer. */
const PATIENCE_MS = 5_000;

/** Who carries orders out, and is told of what is none. */
export interface OrderTaker {
  take(order: Order): Promise<Outcome>;
  /** Somebody asked for what nobody may ask for (rules §5). */
  violated(): void;
}

/** Hears one order on a connection, a line of JSON, and answers with one. */
export function hearOrder(socket: Socket, taker: OrderTaker): void {
  let text = "";
  const late = setTimeout(() => socket.destroy(), PATIENCE_MS);
  socket.setEncoding("utf8");
  socket.on("error", () => socket.destroy());
  socket.on("close", () => clearTimeout(late));
  const take = (chunk: string): void => {
    text += chunk;
    if (text.length > MOST_BYTES) return void socket.destroy();
    const end = text.indexOf("\n");
    if (end === -1) return;
    clearTimeout(late);
    socket.off("data", take);
    socket.resume();
    void answer(socket, text.slice(0, end), taker);
  };
  socket.on("data", take);
}

async function answer(socket: Socket, line: string, taker: OrderTaker): Promise<void> {
  const order = orderIn(line);
  if (order === null) taker.violated();
  const outcome = order === null ? NO_ORDER : await taker.take(order);
  socket.end(`${JSON.stringify(outcome)}\n`);
}

const NO_ORDER: Outcome = {
  done: false,
  line: "there is no such order: reload and halt are all there are",
};

function orderIn(line: string): Order | null {
  try {
    const { order, resume } = JSON.parse(line);
    if (order === "halt") return { order };
    return order === "reload" ? { order, resume: resume === true } : null;
  } catch {
    return null;
  }
}

/**
 * Gives an order to the gateway that holds `folder`, and waits for what comes of it; null if none
 * does. Rejects with what the system says, and if the gateway ends before it has answered.
 */
export async function giveOrder(folder: string, order: Order): Promise<Outcome | null> {
  const path = await claimedSocket(folder);
  if (path === null) return null;
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(path);
    socket.setEncoding("utf8");
    socket.once("connect", () => socket.write(`${JSON.stringify(order)}\n`));
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    socket.once("error", reject);
    socket.once("end", () => {
      if (text.endsWith("\n")) resolve(JSON.parse(text));
      else reject(new Error("the gateway ended before it had answered"));
    });
  });
}
