/** The port that tells whether what an exchanged token came from is still in force. */
import type { Act, Origin } from './delegation.ts';

/** The claims of an exchanged token, as far as they say where it came from; of any other token they say nothing. */
export interface Originated {
  sub: string;
  /** In seconds since the epoch. */
  iat: number;
  act?: Act | undefined;
  origin?: Origin | undefined;
}

/**
 * Answers whether the origin of a token stands. A token that was not exchanged has none that could have ended. It rejects during
 * an outage.
 */
export type OriginStands = (token: Originated) => Promise<boolean>;
