import fc from "fast-check";
import type { Call } from "./airline-oracle.ts";

const users = ["ana_1", "Ana_1 ", "bo_2"];
const ids = [
  "certificate_1",
  "certificate_2",
  "credit_card_1",
  "CREDIT_CARD_2",
  "gift_card_1",
  "gift_card_2 ",
];
const text = fc.constantFrom("x", "Y", " z");
const id = fc.constantFrom(...ids, "gift_card_3", "gift_card_4", "voucher_1");
const count = fc.nat(4);
const flight = fc.record({
  flight_number: fc.constantFrom("w1", "W1", "w2"),
  date: fc.constantFrom("2025-01-01", "2025-01-02"),
});
const flights = fc.array(flight, { maxLength: 3 });
const cabin = fc.constantFrom("basic_economy", "basic_economy", "economy", "Business");
const insurance = fc.constantFrom("yes", "no", "No");
const passengers = fc.array(fc.record({ first_name: text, last_name: text, dob: text }), {
  maxLength: 7,
});
const user = fc.record({
  user_id: fc.constantFrom(...users),
  membership: fc.constantFrom("gold", "Silver", "regular"),
  payment_methods: fc.shuffledSubarray(ids),
});
const reservation = fc.record({
  reservation_id: text,
  user_id: fc.constantFrom(...users),
  origin: text,
  destination: text,
  flight_type: fc.constantFrom("one_way", "round_trip"),
  cabin,
  flights,
  passenger_count: count,
  total_baggages: count,
  insurance,
  booked_within_24h: fc.boolean(),
});
const payments = fc.array(fc.record({ payment_id: id, amount: fc.nat(500) }), { maxLength: 5 });
const search = { origin: text, destination: text, date: text };

/** What each tool is called with, as an agent would. */
const tools: Readonly<Record<string, Readonly<Record<string, fc.Arbitrary<unknown>>>>> = {
  book_reservation: {
    ...{ user_id: fc.constantFrom(...users), origin: text, destination: text, cabin, flights },
    ...{ flight_type: fc.constantFrom("one_way"), passengers, payment_methods: payments },
    ...{ total_baggages: count, nonfree_baggages: count, insurance },
  },
  update_reservation_flights: { reservation_id: text, cabin, flights, payment_id: id },
  update_reservation_passengers: { reservation_id: text, passengers },
  update_reservation_baggages: {
    ...{ reservation_id: text, total_baggages: count, nonfree_baggages: count, payment_id: id },
  },
  cancel_reservation: { reservation_id: text },
  send_certificate: { user_id: fc.constantFrom(...users), amount: fc.nat(300) },
  get_user_details: { user_id: fc.constantFrom(...users) },
  get_reservation_details: { reservation_id: text },
  search_direct_flight: search,
  search_onestop_flight: search,
  list_all_airports: {},
  calculate: { expression: text },
  think: { thought: text },
  transfer_to_human_agents: { summary: text },
};

export const call: fc.Arbitrary<{ readonly category: string; readonly input: Call }> = fc
  .constantFrom(...Object.keys(tools))
  .chain((category) =>
    fc
      .record({
        tool: fc.oneof({ weight: 19, arbitrary: fc.constant(category) }, fc.constant("think")),
        arguments: fc.record(tools[category] ?? {}),
        user: fc.option(user, { freq: 6 }),
        reservation: fc.option(reservation, { freq: 8 }),
      })
      .map((input) => ({ category, input })),
  );

/** Where a value may be struck, and what takes its place. */
export const strike: fc.Arbitrary<{ readonly at: number; readonly put: unknown }> = fc.record({
  at: fc.nat(40),
  put: fc.constantFrom<unknown>(
    null,
    "",
    3,
    1.5,
    -1,
    true,
    [],
    {},
    "6F1C2B54-8D0E-4B77-9A53-2E7D0C9B1A60",
  ),
});

/** The same value with its `at`-th leaf or container, in order, replaced. */
export function struck(value: unknown, at: { left: number }, put: unknown): unknown {
  at.left -= 1;
  if (at.left < 0 && at.left > -2) return put;
  if (Array.isArray(value)) return value.map((each) => struck(each, at, put));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([name, each]) => [name, struck(each, at, put)]);
  return Object.fromEntries(members);
}
