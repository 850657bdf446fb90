/** Checks that the issuer's published keys (RFC 7517) are usable, and the same everywhere. */
import { importJWK, type JWK } from 'jose';
import { hasSecretMembers } from 'shared/oauth/secret-jwk-members.ts';
import { z } from 'zod';
import { type Ask, jsonOf, statusOf } from '../ask.ts';
import { type Deployment, NO_METADATA } from '../deployment.ts';
import { type Finding, fault, ok, shown, skip, warn } from '../findings.ts';
import { keysInDatabase, type Settings } from '../settings.ts';

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });

/** The published keys; undefined when they cannot be fetched. */
export async function keysAt(ask: Ask, url: string): Promise<JWK[] | undefined> {
  return keySet.safeParse(jsonOf(await ask(url))).data?.keys as JWK[] | undefined;
}

export async function checkKeys(deployment: Deployment): Promise<Finding[]> {
  const { ask, endpoints, metadata } = deployment;
  if (metadata === undefined) return [skip('key set', NO_METADATA)];
  const keys = await keysAt(ask, endpoints.jwks);
  if (keys === undefined) {
    const detail = `${endpoints.jwks}: ${statusOf(await ask(endpoints.jwks))}, and not with keys`;
    return [fault('key set', detail, 'set JWKS_URI to where the auth server has its keys', 'RFC 7517 §5')];
  }
  const { settings } = deployment;
  return [secrecy(keys, settings), naming(keys), await usability(keys), await sameEverywhere(deployment)];
}

function secrecy(keys: JWK[], settings: Settings): Finding {
  const [name, reference] = ['public keys only', 'RFC 7517 §9.2'];
  if (keys.some(hasSecretMembers)) {
    const mend = keysInDatabase(settings)
      ? 'replace the keys at once (POST /keys/rotations {"at":"now"}), and let nothing but the auth server answer there'
      : 'make new keys for JWKS_FILE at once: whoever has seen these can sign tokens';
    return fault(name, 'the key set has private members', mend, reference);
  }
  return ok(name, `${keys.length} keys, without private members`, reference);
}

function naming(keys: JWK[]): Finding {
  const [name, reference] = ['kid and alg', 'RFC 7517 §4'];
  const ids = keys.map(({ kid }) => kid);
  if (keys.every(({ kid, alg }) => kid && alg) && new Set(ids).size === ids.length) {
    return ok(name, shown(keys.map(({ alg }) => alg).join(', ')), reference);
  }
  const mend = 'give each key of JWKS_FILE a kid of its own and an alg: verifiers choose a key by them';
  return warn(name, 'a key has no kid or no alg, or two have the same kid', mend, reference);
}

async function usability(keys: JWK[]): Promise<Finding> {
  const [name, reference] = ['keys are usable', 'RFC 7518 §6'];
  try {
    for (const key of keys) await importJWK(key);
    return ok(name, 'each is a key of its algorithm', reference);
  } catch {
    return fault(
      name,
      'one is not a key of its algorithm',
      'let JWKS_URI lead to the auth server, and mend the key in its JWKS_FILE if it has one',
      reference,
    );
  }
}

/** Two auth servers of one issuer with different keys refuse each other's tokens. */
async function sameEverywhere({ ask, vantagePoints, endpoints, settings }: Deployment): Promise<Finding> {
  const name = 'the same keys everywhere';
  const advertised = vantagePoints.flatMap(({ openid }) => openid.metadata?.jwks_uri ?? []);
  const urls = [...new Set([endpoints.jwks, ...advertised])];
  const sets = await Promise.all(urls.map(async (url) => fingerprint(await keysAt(ask, url))));
  if (new Set(sets).size === 1) return ok(name, urls.join(' and '));
  const mend = keysInDatabase(settings)
    ? 'give all auth servers the same DATABASE_URL, which keeps the keys, and the same SEALING_KEYS'
    : 'run one auth server, give all of them the same JWKS_FILE, or a common DATABASE_URL';
  return fault(name, `${urls.join(' and ')} differ`, mend);
}

function fingerprint(keys: JWK[] | undefined): string | undefined {
  return keys
    ?.map(({ kid, x, n }) => `${kid} ${x ?? n}`)
    .sort()
    .join();
}
