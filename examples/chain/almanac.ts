/** The almanac knows the season of a user's day. It is the end of the chain, and calls nobody. */
import type { Api } from './api.ts';

const SEASONS = ['winter', 'spring', 'summer', 'autumn'];

export const almanac: Api = {
  client: { id: 'almanac', secret: 'the-secret-of-the-almanac' },
  resource: 'https://almanac.example',
  path: '/season',
  scope: 'almanac:read',
  async answer() {
    const month = new Date().getUTCMonth() + 1;
    return { season: SEASONS[Math.floor((month % 12) / 3)] };
  },
};
