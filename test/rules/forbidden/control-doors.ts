import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { type Claim, claimedSocket, claimFolder } from "../../../packages/cli/src/gate/claim.ts";
import { hearOrder, type Order } from "../../../packages/cli/src/gate/control.ts";
import { freshFolder } from "../world.ts";
import { type Behaviour, WORDS } from "./behaviours.ts";
import type { Door, Finding } from "./table.ts";

/** The socket by which an operator speaks to a running gateway: who can reach it may reload and halt. */
export class ControlDoors {
  readonly #folder = freshFolder();
  readonly #orders: Order[] = [];
  #violations = 0;
  #claim: Claim | undefined;

  async open(): Promise<void> {
    this.#claim = await claimFolder(this.#folder, (socket) =>
      hearOrder(socket, {
        take: async (order) => {
          this.#orders.push(order);
          return { done: true, line: "" };
        },
        violated: () => {
          this.#violations += 1;
        },
      }),
    );
  }

  async close(): Promise<void> {
    await this.#claim?.release();
  }

  get doors(): readonly Door[] {
    return [
      { name: "control socket: other orders", attempt: (one) => this.#otherOrders(one) },
      { name: "control socket: more in an order", attempt: (one) => this.#moreInAnOrder(one) },
    ];
  }

  async #otherOrders(behaviour: Behaviour): Promise<Finding> {
    const words = [behaviour, ...WORDS[behaviour]];
    const lines = [...words.map((order) => JSON.stringify({ order })), ...words];
    const before = this.#violations;
    for (const line of lines) {
      assert.match(await this.#say(line), /^\{"done":false,"line":"there is no such order/, line);
    }
    assert.equal(this.#violations, before + lines.length);
    assert.deepEqual(this.#orders, []);
    const counted = "writ_gateway_violations_total";
    return { how: "refused", by: ["no such order"], probes: lines.length, counted };
  }

  /** What stands beside the order's name is not heard: the order is the same as without it. */
  async #moreInAnOrder(behaviour: Behaviour): Promise<Finding> {
    const more = Object.fromEntries(WORDS[behaviour].map((word) => [word, true]));
    // The one word that an order knows besides; it says nothing of the Bucket.
    const { resume: _, ...unknown } = more;
    await this.#say(JSON.stringify({ order: "reload", ...unknown }));
    await this.#say(JSON.stringify({ order: "halt", ...more }));
    const heard = this.#orders.splice(0);
    assert.deepEqual(heard, [{ order: "reload", resume: false }, { order: "halt" }]);
    return { how: "absent", by: ["no such member of an order"], probes: 2, counted: null };
  }

  async #say(line: string): Promise<string> {
    const path = await claimedSocket(this.#folder);
    assert.ok(path !== null);
    const socket = connect(path);
    await once(socket, "connect");
    socket.write(`${line}\n`);
    return text(socket);
  }
}
