/**
 * Envelopes for the airline's bundle by the million: valid, nearly valid and hostile. Drawn by a
 * generator of numbers that starts from a seed, so that a count and a seed name them all.
 */

/** A stream of whole numbers (Marsaglia's xorshift32, in two lanes). */
export class Draw {
  #a: number;
  #b: number;

  constructor(seed: number) {
    this.#a = Math.imul(seed + 1, 0x9e3779b1) | 1;
    this.#b = Math.imul(seed + 7, 0x85ebca6b) | 1;
  }

  /** From 0 to `count` − 1. */
  below(count: number): number {
    let a = this.#a;
    a ^= a << 13;
    a ^= a >>> 17;
    this.#a = a ^= a << 5;
    this.#b = (Math.imul(this.#b, 1_664_525) + 1_013_904_223) | 0;
    return ((a ^ this.#b) >>> 0) % count;
  }

  one<T>(list: readonly T[]): T {
    const found = list[this.below(list.length)];
    if (found === undefined) throw new RangeError("draw from a list that has something");
    return found;
  }

  list<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.below(most + 1) }, make);
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

type Plain = Record<string, unknown>;

const USERS = ["ana_1", "Ana_1 ", "bo_2"];
const IDS = ["certificate_1", "certificate_2", "credit_card_1", "CREDIT_CARD_2", "gift_card_1"];
const MORE_IDS = [...IDS, "gift_card_2 ", "gift_card_3", "gift_card_4", "voucher_1"];
const TEXTS = ["x", "Y", " z", "2025-03-02"];

const flight = (draw: Draw): Plain => ({
  flight_number: draw.one(["w1", "W1", "w2"]),
  date: draw.one(["2025-01-01", "2025-01-02"]),
});
const text = (draw: Draw): string => draw.one(TEXTS);
const cabin = (draw: Draw): string => draw.one(["basic_economy", "economy", "Business"]);
const insurance = (draw: Draw): string => draw.one(["yes", "no", "No"]);
const passengers = (draw: Draw): unknown =>
  draw.list(6, () => ({ first_name: text(draw), last_name: text(draw), dob: text(draw) }));
const search = (draw: Draw): Plain => ({
  origin: text(draw),
  destination: text(draw),
  date: text(draw),
});
const bags = (draw: Draw): Plain => ({ total_baggages: draw.below(4), nonfree_baggages: 0 });

/** What each tool is called with. */
const TOOLS: Readonly<Record<string, (draw: Draw) => Plain>> = {
  book_reservation: (draw) => ({
    ...{
      user_id: draw.one(USERS),
      origin: text(draw),
      destination: text(draw),
      cabin: cabin(draw),
    },
    ...{ flight_type: "one_way", flights: draw.list(3, () => flight(draw)), ...bags(draw) },
    ...{ passengers: passengers(draw), insurance: insurance(draw) },
    payment_methods: draw.list(4, () => ({ payment_id: draw.one(IDS), amount: draw.below(500) })),
  }),
  update_reservation_flights: (draw) => ({
    ...{ reservation_id: text(draw), cabin: cabin(draw), payment_id: draw.one(MORE_IDS) },
    flights: draw.list(2, () => flight(draw)),
  }),
  update_reservation_passengers: (draw) => ({
    reservation_id: text(draw),
    passengers: passengers(draw),
  }),
  update_reservation_baggages: (draw) => ({
    ...{ reservation_id: text(draw), payment_id: draw.one(MORE_IDS) },
    ...bags(draw),
  }),
  cancel_reservation: (draw) => ({ reservation_id: text(draw) }),
  send_certificate: (draw) => ({ user_id: draw.one(USERS), amount: draw.below(300) }),
  get_user_details: (draw) => ({ user_id: draw.one(USERS) }),
  get_reservation_details: (draw) => ({ reservation_id: text(draw) }),
  search_direct_flight: search,
  search_onestop_flight: search,
  list_all_airports: () => ({}),
  calculate: (draw) => ({ expression: text(draw) }),
  think: (draw) => ({ thought: text(draw) }),
  transfer_to_human_agents: (draw) => ({ summary: text(draw) }),
};
const NAMES = Object.keys(TOOLS);

function user(draw: Draw): Plain {
  const membership = draw.one(["gold", "Silver", "regular"]);
  const payment_methods = MORE_IDS.filter(() => draw.chance(70));
  return { user_id: draw.one(USERS), membership, payment_methods };
}

function reservation(draw: Draw): Plain {
  return {
    ...{ reservation_id: text(draw), user_id: draw.one(USERS), origin: text(draw) },
    ...{ destination: text(draw), flight_type: "round_trip", cabin: cabin(draw) },
    ...{ flights: draw.list(2, () => flight(draw)), passenger_count: draw.below(6) },
    ...{ total_baggages: draw.below(4), insurance: insurance(draw) },
    booked_within_24h: draw.chance(50),
  };
}

interface Envelope extends Plain {
  category: unknown;
  input: unknown;
}

function envelope(draw: Draw): Envelope {
  const category = draw.one(NAMES);
  const input: Plain = {
    tool: draw.chance(95) ? category : draw.one(NAMES),
    arguments: TOOLS[category]?.(draw),
  };
  if (draw.chance(85)) input.user = user(draw);
  if (draw.chance(85)) input.reservation = reservation(draw);
  return { category, input };
}

const ODD: readonly unknown[] = [
  ...[null, "", " ", 0, -1, 1.5, 1e21, 5e-324, 2 ** 53, true, false, [], {}, [[]], "no", "\u0130"],
  ...["6F1C2B54-8D0E-4B77-9A53-2E7D0C9B1A60", "2026-11-21T20:00:00Z", "x".repeat(200), "\u2003x"],
  ...["__proto__", "gold\u0000", "\u{10400}", "ana_1\u200b", "a\u0301", { toString: "x" }],
];
const ODD_NAMES = ["host", "__proto__", "constructor", "Tool", "tool ", "", "extra", "toString"];

/** Puts something odd in one place of the value, in place. */
function strike(at: unknown, draw: Draw): void {
  if (typeof at !== "object" || at === null) return;
  const names = Object.keys(at);
  const container = at as Plain;
  if (names.length === 0 || draw.chance(12)) {
    if (Array.isArray(at)) at.push(draw.one(ODD));
    else container[draw.one(ODD_NAMES)] = draw.one(ODD);
    return;
  }
  const name = draw.one(names);
  const member = container[name];
  if (typeof member === "object" && member !== null && draw.chance(75)) strike(member, draw);
  else if (draw.chance(20)) delete container[name];
  else container[name] = draw.one(ODD);
}

/** Another way to write the same or nearly the same JSON. */
const SPELLINGS: readonly ((json: string, draw: Draw) => string)[] = [
  (json) => json.replaceAll(":", " :\t").replaceAll(",", "\r\n, "),
  (json) => json.replace(/:(\d+)/g, ":$1.0"),
  (json) => json.replace(/:(\d+)/, ":$1e0"),
  (json) => json.replace(/:(\d+)/, ":0$1"),
  (json) => json.replace(/:(\d+)/, ":$1.00000000000000000001"),
  (json) => json.replace('"user', '"\\u0075ser'),
  (json) => json.replace('"tool"', '"tool":"think","tool"'),
  (json) => json.replace('"tool"', '"t\\u006fol":"think","tool"'),
  (json) => json.replace('"input"', '"input":{},"input"'),
  (json) => json.replace('"category"', '"category":"think","category"'),
  (json) => json.replace('{"category"', '{"note":[1,{}],"category"'),
  (json) => json.replace(/"[a-z]/g, (start) => (start.length > 9 ? start : start.toUpperCase())),
  (json) => json.replace("ana", "\\u0061na"),
  (json) => json.replace("x", "\\ud800"),
  (json) => json.replace("x", "\\ud801\\udc00"),
  (json) => json.replace("true", "True"),
  (json) => `${json} `,
  (json) => `\uFEFF${json}`,
  (json, draw) => json.slice(0, draw.below(json.length)),
  (json, draw) => json + json.slice(draw.below(json.length)),
  (json, draw) => json.replace("[]", `${"[".repeat(draw.below(90))}${"]".repeat(draw.below(90))}`),
];

const encoder = new TextEncoder();

function garbled(bytes: Uint8Array, draw: Draw): Uint8Array {
  for (let hits = draw.below(4); hits >= 0; hits--)
    bytes[draw.below(bytes.length)] = draw.below(256);
  return bytes;
}

/** The next envelope: three in ten are as an agent sends them, the others are not. */
export function nextEnvelope(draw: Draw): Uint8Array {
  const plain = envelope(draw);
  const kind = draw.below(10);
  if (kind < 3) return encoder.encode(JSON.stringify(plain));
  if (kind < 6) {
    strike(draw.chance(90) ? plain.input : plain, draw);
    return encoder.encode(JSON.stringify(plain));
  }
  if (kind < 9) {
    const respelled = draw.one(SPELLINGS)(JSON.stringify(plain), draw);
    return encoder.encode(draw.chance(30) ? draw.one(SPELLINGS)(respelled, draw) : respelled);
  }
  if (draw.chance(90)) return garbled(encoder.encode(JSON.stringify(plain)), draw);
  return Uint8Array.from({ length: draw.below(60) }, () => draw.below(256));
}
