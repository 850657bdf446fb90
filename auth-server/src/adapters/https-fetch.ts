/**
 * Sends requests to hosts that strangers have named, and never to an address of this network. The addresses of a host are
 * looked up once and checked before anything connects, and the connection is made to these: a name server that answers
 * differently the second time (DNS rebinding) is not asked a second time.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Answered, NoAnswer, Outgoing, PublicFetch } from '../core/egress/public-fetch.ts';
import { internet, type Outside } from './outside.ts';

/** How long a request may take with all of its parts, in milliseconds: less than a request to this server, which waits for it. */
const LONGEST_MS = 2_500;

/** Without `outside` it is the internet. */
export function httpsFetch(outside: Outside = internet): PublicFetch {
  return async function fetchPublic(request) {
    if (request.url.protocol !== 'https:') throw new TypeError('only https URLs are fetched');
    const signal = AbortSignal.timeout(LONGEST_MS);
    try {
      const addresses = await outside.resolve(hostOf(request.url), signal);
      if (addresses.length === 0) return refused(signal.aborted ? 'slow' : 'unreachable');
      if (!addresses.every((address) => outside.mayReach(address))) return refused('private_address');
      return { ok: true, value: await answerTo(request, addresses, outside.ca, signal) };
    } catch (error) {
      if (error instanceof TooLarge) return refused('too_large');
      return refused(signal.aborted ? 'slow' : 'unreachable');
    }
  };
}

class TooLarge extends Error {}

function refused(refusal: NoAnswer) {
  return { ok: false, refusal } as const;
}

/** A connection of its own for each request: one that stays open would have been checked for another. */
function answerTo(
  { url, method = 'GET', headers, body, most }: Outgoing,
  addresses: string[],
  ca: string | undefined,
  signal: AbortSignal,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, {
      method,
      // What is packed could unpack to any length.
      headers: { ...headers, 'accept-encoding': 'identity' },
      agent: false,
      lookup: pinned(addresses),
      signal,
      ...(ca !== undefined && { ca }),
    });
    request.on('error', reject);
    request.on('response', (response) => {
      read(response, most).then(resolve, reject);
    });
    request.end(body);
  });
}

async function read(response: IncomingMessage, most: number): Promise<Answered> {
  const { statusCode: status = 0 } = response;
  const headers = singleHeaders(response.headers);
  if (status < 200 || status > 299) {
    response.destroy();
    return { status, headers, body: new Uint8Array() };
  }
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop closes the connection.
  for await (const chunk of response) {
    length += chunk.length;
    if (length > most) throw new TooLarge();
    chunks.push(chunk);
  }
  return { status, headers, body: new Uint8Array(Buffer.concat(chunks)) };
}

/** Looks nothing up: the addresses are known, whatever the name leads to by now. */
function pinned(addresses: string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return function lookupPinned(_host, { all }, callback) {
    if (all) callback(null, found);
    else callback(null, found[0]?.address ?? '', found[0]?.family);
  };
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function singleHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}
