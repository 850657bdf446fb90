/** Reads the sign-in that an API asks for in its challenge (RFC 9470 §3). */
import * as oauth from 'oauth4webapi';
import { z } from 'zod';
import type { AskedSignIn } from '../core/ask-the-time.ts';

/** The error of a challenge that asks for a sign-in. */
const ERROR = 'insufficient_user_authentication';

/** What may stand in an authorization request: bounded, and of the characters that the RFC allows. */
const signIn = z
  .object({
    acr_values: z
      .string()
      .max(500)
      .regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/)
      .optional(),
    max_age: z
      .string()
      .regex(/^\d{1,9}$/)
      .optional(),
  })
  .refine(({ acr_values, max_age }) => acr_values !== undefined || max_age !== undefined)
  .transform(
    ({ acr_values, max_age }): AskedSignIn => ({
      ...(acr_values !== undefined && { acrValues: acr_values }),
      ...(max_age !== undefined && { maxAge: max_age }),
    }),
  );

/**
 * What the header `WWW-Authenticate` of an answer asks for: undefined when it asks for no sign-in, and an error when it asks for
 * one that cannot be read.
 */
export async function askedSignIn(
  header: string | undefined,
): Promise<z.ZodSafeParseResult<AskedSignIn> | undefined> {
  const challenges = header === undefined ? [] : await challengesIn(header);
  const challenge = challenges.find(({ parameters }) => parameters.error === ERROR);
  return challenge && signIn.safeParse(challenge.parameters);
}

/** The challenges in a header. The library reads them of answers to its own requests only, so that it is handed this one as such. */
async function challengesIn(header: string): Promise<readonly oauth.WWWAuthenticateChallenge[]> {
  const answer = new Response(null, { status: 401, headers: { 'www-authenticate': header } });
  try {
    await oauth.protectedResourceRequest('none', 'GET', new URL('https://api.invalid'), undefined, null, {
      [oauth.customFetch]: async () => answer,
    });
    return [];
  } catch (error) {
    if (error instanceof oauth.WWWAuthenticateChallengeError) return error.cause;
    throw error;
  }
}
