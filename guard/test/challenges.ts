/** Reads challenges as RFC 9110 §11.6.1 writes them, and as RFC 6750 §3 narrows that down. */

/** A challenge with its parameters. */
export interface Challenge {
  scheme: string;
  [parameter: string]: string;
}

/**
 * The challenges of an answer, in their order.
 *
 * @throws {Error} when a parameter is given twice, or has other characters than RFC 6750 §3 allows
 */
export function challengesIn(headers: Headers): Challenge[] {
  let rest = headers.get('www-authenticate') ?? '';
  const challenges: Challenge[] = [];
  while (rest !== '') {
    const [, , scheme, name, value, after] =
      rest.match(/^(, )?(?:([A-Za-z]+) )?([a-z_]+)="([\x20\x21\x23-\x5b\x5d-\x7e]*)"(.*)$/s) ?? [];
    if (scheme !== undefined) challenges.push({ scheme });
    const challenge = challenges.at(-1);
    if (challenge === undefined || name === undefined || value === undefined || name in challenge)
      throw new Error(`no challenge: ${rest}`);
    challenge[name] = value;
    rest = after ?? '';
  }
  return challenges;
}
