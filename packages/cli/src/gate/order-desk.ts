import type { Order, Outcome } from "./control.ts";

/**
 * Where orders wait until the gateway can carry them out: whoever finds its folder claimed may be
 * sooner than its policy is armed. What fails to start answers none; its connections end.
 */
export class OrderDesk {
  readonly #ready: Promise<(order: Order) => Promise<Outcome>>;
  #open: (carryOut: (order: Order) => Promise<Outcome>) => void = () => {};

  constructor() {
    this.#ready = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(carryOut: (order: Order) => Promise<Outcome>): void {
    this.#open(carryOut);
  }

  async take(order: Order): Promise<Outcome> {
    const carryOut = await this.#ready;
    return carryOut(order);
  }
}
