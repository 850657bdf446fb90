/** The port that tells whether what an exchanged token came from is still in force. */
import type { Act, Origin } from './delegation.ts';

/** The claims of a token that say where it came from: `act` and `origin` are undefined for one that was not exchanged. */
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
