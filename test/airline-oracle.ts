/** A call of the airline's agent, as the recorded ones are. */
export interface Call {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly user: User | null;
  readonly reservation: Reservation | null;
}

export interface User {
  readonly user_id: string;
  readonly membership: string;
  readonly payment_methods: readonly string[];
}

export interface Reservation {
  readonly user_id: string;
  readonly cabin: string;
  readonly flights: readonly Flight[];
  readonly passenger_count: number;
  readonly total_baggages: number;
  readonly insurance: string;
  readonly booked_within_24h: boolean;
}

export interface Flight {
  readonly flight_number: string;
  readonly date: string;
}

/**
 * The airline's written policy, told once more as plainly as it is written: the reason of the first
 * row that holds, or ALLOWED. Only for calls that have the shape of their tool.
 */
export function reasonOf(category: string, received: Call): string {
  const call = normalized(received) as Call;
  return (
    (call.tool !== category && "TOOL_MISMATCH") ||
    lookup(category, call) ||
    reservation(category, call) ||
    payment(category, call) ||
    "ALLOWED"
  );
}

/** Contract §1.4 rule 2, as far as these calls have white space and letters. */
function normalized(value: unknown): unknown {
  if (typeof value === "string") return value.trim().toLowerCase();
  if (Array.isArray(value)) return value.map(normalized);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, normalized(each)]));
}

function lookup(category: string, call: Call): string | undefined {
  const named = ["book_reservation", "send_certificate"].includes(category);
  if (named && call.user?.user_id !== call.arguments.user_id) return "NOT_LOOKED_UP";
  const changes = category.startsWith("update_reservation_") || category === "cancel_reservation";
  return changes && call.reservation === null ? "NOT_LOOKED_UP" : undefined;
}

function reservation(category: string, call: Call): string | undefined {
  const held = call.reservation;
  const wanted = call.arguments;
  const passengers = list(wanted.passengers).length;
  switch (category) {
    case "update_reservation_flights": {
      const isBasic = held?.cabin === "basic_economy";
      const same = flightsOf(wanted.flights) === flightsOf(held?.flights);
      return isBasic && !same ? "BASIC_ECONOMY_FLIGHTS_FIXED" : undefined;
    }
    case "cancel_reservation": {
      const may =
        held?.booked_within_24h || held?.cabin === "business" || held?.insurance === "yes";
      return may ? undefined : "CANCELLATION_NOT_ALLOWED";
    }
    case "book_reservation":
      return passengers > 5 ? "TOO_MANY_PASSENGERS" : undefined;
    case "update_reservation_passengers":
      return passengers !== held?.passenger_count ? "PASSENGER_COUNT_FIXED" : undefined;
    case "update_reservation_baggages": {
      const fewer = Number(wanted.total_baggages) < Number(held?.total_baggages);
      return fewer ? "BAGS_CANNOT_BE_REMOVED" : undefined;
    }
    default:
      return undefined;
  }
}

function payment(category: string, call: Call): string | undefined {
  const { arguments: wanted, user, reservation: held } = call;
  if (category === "book_reservation") {
    const ids = list(wanted.payment_methods).map((each) => String(Object(each).payment_id));
    const count = (kind: string): number => ids.filter((id) => id.startsWith(kind)).length;
    const exceeded =
      count("certificate_") > 1 || count("credit_card_") > 1 || count("gift_card_") > 3;
    if (exceeded) return "PAYMENT_METHODS_EXCEEDED";
    return ids.every((id) => user?.payment_methods.includes(id))
      ? undefined
      : "PAYMENT_NOT_IN_PROFILE";
  }
  const id = String(wanted.payment_id);
  const isChange = ["update_reservation_flights", "update_reservation_baggages"].includes(category);
  if (isChange && user !== null && user.user_id === held?.user_id) {
    if (!user.payment_methods.includes(id)) return "PAYMENT_NOT_IN_PROFILE";
  }
  const byCertificate = category === "update_reservation_flights" && id.startsWith("certificate_");
  return byCertificate ? "CARD_OR_GIFT_CARD_REQUIRED" : undefined;
}

function flightsOf(flights: unknown): string {
  const pairs = list(flights).map((each) => [Object(each).flight_number, Object(each).date]);
  return JSON.stringify(pairs);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
