/** The endpoints of the API: what each is called, which scope it needs, what it answers. Replace them with your own. */
import { timeAnswers } from 'shared/oauth/time-answers.ts';
import { TIME_SCOPES } from 'shared/oauth/time-scopes.ts';
import type { z } from 'zod';
import { type Clock, currentTime, epochTime } from '../core/time.ts';

/** One endpoint. The router and the OpenAPI document are made from it. */
export interface Endpoint {
  method: 'get';
  path: string;
  /** The scope that a token needs, and what that means to users. */
  scope: string;
  summary: string;
  /** The shape of the answer. */
  answer: z.ZodType;
  handle(clock: Clock): unknown;
}

export const endpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/current_time',
    scope: 'current_time',
    summary: TIME_SCOPES.current_time,
    answer: timeAnswers.current_time,
    handle: currentTime,
  },
  {
    method: 'get',
    path: '/epoch_time',
    scope: 'epoch_time',
    summary: TIME_SCOPES.epoch_time,
    answer: timeAnswers.epoch_time,
    handle: epochTime,
  },
];

/** What users call the API. */
export const API_NAME = 'Time API';

/** What each scope allows, in words that users understand. */
export const SCOPES: Record<string, string> = Object.fromEntries(
  endpoints.map(({ scope, summary }) => [scope, summary]),
);
