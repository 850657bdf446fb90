/** The settings that say which database there is. The commands take it from the same settings as the service. */
import { z } from 'zod';

export const databaseSettings = {
  /**
   * Where all that must last is kept: `postgres://user:password@host:port/database`. Without it, in memory. What has a
   * meaning in a URL is percent-encoded in the password.
   */
  DATABASE_URL: z
    .string()
    .refine(
      isDatabaseUrl,
      'must be postgres://user:password@host:port/database; a password with signs in it goes into DATABASE_PASSWORD',
    )
    .optional(),
  /** The password, as it is, in the place of that in the URL. */
  DATABASE_PASSWORD: z.string().optional(),
};

/** The URL of the database, with the password that is set apart from it. */
export function databaseUrlOf({
  DATABASE_URL,
  DATABASE_PASSWORD,
}: {
  DATABASE_URL?: string | undefined;
  DATABASE_PASSWORD?: string | undefined;
}): string | undefined {
  if (DATABASE_URL === undefined || DATABASE_PASSWORD === undefined) return DATABASE_URL;
  return Object.assign(new URL(DATABASE_URL), { password: encodeURIComponent(DATABASE_PASSWORD) }).href;
}

/** One host, and nothing of a password that was not encoded and so became a part of something else. */
function isDatabaseUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol)) return false;
  return !/[@#]/.test(url.pathname + url.search + url.hash) && !url.hostname.includes(',') && decodes(url);
}

function decodes({ username, password, pathname }: URL): boolean {
  try {
    decodeURIComponent(username + password + pathname);
    return true;
  } catch {
    return false;
  }
}
