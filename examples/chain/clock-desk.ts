/**
 * The desk of the clock. The resource server of this project, which is the clock, calls nobody, so it has a program in front of
 * it: a second resource server of the same API, which asks the clock for the time and the calendar for the day.
 */
import type { Api } from './api.ts';
import { callNext, get } from './next-api.ts';

/**
 * @param clockUrl where the clock answers
 * @param calendarUrl where the calendar answers
 */
export function clockDesk(issuer: string, clockUrl: string, calendarUrl: string): Api {
  const client = { id: 'clock-desk', secret: 'the-secret-of-the-clock-desk' };
  return {
    client,
    resource: 'https://clock.example',
    path: '/now',
    scope: 'current_time',
    async answer(token) {
      // The token is for the clock, of which the desk is a part: it may be shown there, and nowhere else.
      const time = await get(`${clockUrl}/current_time`, token);
      const next = {
        url: `${calendarUrl}/day`,
        resource: 'https://calendar.example',
        scope: 'calendar:read',
      };
      return { ...time, ...(await callNext(issuer, client, token, next)) };
    },
  };
}
