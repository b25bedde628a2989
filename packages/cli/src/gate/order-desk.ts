import type { Order, OrderTaker, Outcome } from "./control.ts";

/**
 * Where orders wait until the gateway can carry them out: whoever finds its folder claimed may be
 * sooner than its policy is armed. What fails to start answers none; its connections end.
 */
export class OrderDesk implements OrderTaker {
  readonly #ready: Promise<OrderTaker>;
  #open: (taker: OrderTaker) => void = () => {};

  constructor() {
    this.#ready = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(taker: OrderTaker): void {
    this.#open(taker);
  }

  async take(order: Order): Promise<Outcome> {
    const taker = await this.#ready;
    return taker.take(order);
  }

  violated(): void {
    void this.#ready.then((taker) => taker.violated());
  }
}
