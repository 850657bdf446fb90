/** The internet as this server reaches it: names and the addresses that they lead to. */
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isPublicAddress } from '../core/egress/public-addresses.ts';

/** How the outside is reached. Only tests hand in another one, by which they can reach a server on this machine. */
export interface Outside {
  /** All addresses of a host; none where it has none. */
  resolve(host: string, signal: AbortSignal): Promise<string[]>;
  /** Whether a request may be sent to an address. */
  mayReach(address: string): boolean;
  /** Certificates of authorities that are trusted in place of those of Node.js, in PEM. */
  ca?: string;
}

/** What one name server may take for one try, in milliseconds. */
const DNS_TRY_MS = 800;

/**
 * The internet itself. It asks the name servers, and not the operating system: that would keep one of the few threads busy
 * for as long as somebody's name server takes, and passwords are hashed on the same threads.
 */
export const internet: Outside = {
  async resolve(host, signal) {
    if (isIP(host) !== 0) return [host];
    const resolver = new Resolver({ timeout: DNS_TRY_MS, tries: 2 });
    const stop = () => resolver.cancel();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
      return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    } finally {
      signal.removeEventListener('abort', stop);
    }
  },
  mayReach: isPublicAddress,
};
