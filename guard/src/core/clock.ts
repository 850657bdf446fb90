/** The port to the time. */

/** Milliseconds since the epoch. */
export type Clock = () => number;
