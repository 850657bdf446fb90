/** The use cases of the two endpoints. Replace them with your own API. */

/** The port to the time: milliseconds since the epoch. */
export type Clock = () => number;

/** The time as ISO 8601 in UTC, with milliseconds. */
export function currentTime(clock: Clock): { current_time: string } {
  return { current_time: new Date(clock()).toISOString() };
}

/** The time as whole seconds since the epoch. */
export function epochTime(clock: Clock): { epoch_time: number } {
  return { epoch_time: Math.floor(clock() / 1000) };
}
