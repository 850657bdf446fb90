/** The calendar knows the user's day, and asks the almanac for its season. */
import type { Api } from './api.ts';
import { callNext } from './next-api.ts';

/** @param almanacUrl where the almanac answers */
export function calendar(issuer: string, almanacUrl: string): Api {
  const client = { id: 'calendar', secret: 'the-secret-of-the-calendar' };
  return {
    client,
    resource: 'https://calendar.example',
    path: '/day',
    scope: 'calendar:read',
    async answer(token) {
      const day = new Date().toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' });
      const next = {
        url: `${almanacUrl}/season`,
        resource: 'https://almanac.example',
        scope: 'almanac:read',
      };
      return { day, ...(await callNext(issuer, client, token, next)) };
    },
  };
}
