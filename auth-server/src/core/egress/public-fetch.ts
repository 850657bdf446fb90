/** The port through which this server sends requests to hosts that strangers have named. */
import type { Result } from 'shared/core/result.ts';

/** A request. */
export interface Outgoing {
  /** An https URL. */
  url: URL;
  method?: string | undefined;
  headers: Record<string, string>;
  body?: string | undefined;
  /** The longest body that is read of an answer, in bytes. */
  most: number;
}

/** An answer, whatever its status is. Only that of a success (2xx) has a body; redirects are not followed. */
export interface Answered {
  status: number;
  /** By their names in lower case. */
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer>;
}

/**
 * Why there is no answer:
 * - `private_address`: the host has an address that is not one of the internet. Nothing was sent to it
 * - `unreachable`: the host has no address, or nobody there speaks TLS with a certificate for it
 * - `slow`: it took too long
 * - `too_large`: the body is longer than asked for
 */
export type NoAnswer = 'private_address' | 'unreachable' | 'slow' | 'too_large';

/** Sends a request, and only to addresses of the internet. */
export type PublicFetch = (request: Outgoing) => Promise<Result<Answered, NoAnswer>>;
