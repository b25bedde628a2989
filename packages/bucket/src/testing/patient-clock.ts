import { type Clock, machineClock } from "../append/clock.ts";

/**
 * The machine's time, at a fortieth of its pace: a log that is closed has published everything,
 * however slow the disk, for its patience is not over before.
 */
export const patientClock: Clock = {
  ...machineClock,
  after: (milliseconds, act) => machineClock.after(40 * milliseconds, act),
};
