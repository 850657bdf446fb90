/** Metadata of protected resources (RFC 9728): where it is, what it says, and the challenges that lead to it, in each framework. */

import { keyOf } from 'shared/test/dpop.ts';
import { describe, expect, test } from 'vitest';
import { startApi, tokenOf } from './api-under-test.ts';
import { ALGS, proofBy } from './dpop.ts';
import { frameworks } from './frameworks.ts';

const WELL_KNOWN = '/.well-known/oauth-protected-resource';

/** Identifiers of APIs, and where the metadata of each is at its host. */
const places: [resource: string, place: string][] = [
  ['https://host.example', WELL_KNOWN],
  ['https://host.example/', WELL_KNOWN],
  ['http://host.example:8080/notes', `${WELL_KNOWN}/notes`],
  ['https://host.example/notes/', `${WELL_KNOWN}/notes/`],
  ['https://host.example/apis/v1.0', `${WELL_KNOWN}/apis/v1.0`],
  ['https://host.example/notes(v1):a*{b}', `${WELL_KNOWN}/notes(v1):a*%7Bb%7D`],
  ['https://host.example?tenant=1', `${WELL_KNOWN}?tenant=1`],
  ['https://host.example/notes?tenant=1&a=%20', `${WELL_KNOWN}/notes?tenant=1&a=%20`],
];

describe.each(frameworks)('in %s', (_, start) => {
  test.each(places)('§3.1: the metadata of %s is at %s, and names it just so', async (resource, place) => {
    const { get, asked } = await startApi(start, tokenOf(), {}, { resource });
    const { status, body, headers } = await get({}, place);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json(;|$)/);
    expect(body.resource).toBe(resource);
    expect(asked).toEqual([]);
  });

  test('§2: the metadata says where tokens come from, and how they are sent', async () => {
    const { get } = await startApi(start, tokenOf(), {}, { name: 'Notes', scopes: ['read', 'write'] });
    const { body } = await get({}, WELL_KNOWN);
    expect(body).toEqual({
      resource: 'https://notes.example',
      resource_name: 'Notes',
      authorization_servers: ['https://issuer.example'],
      scopes_supported: ['read', 'write'],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: ALGS.split(' '),
    });
  });

  test('§3.2: the metadata of an API whose name and scopes are not known leaves them out', async () => {
    const { get } = await startApi(start);
    const { body } = await get({}, WELL_KNOWN);
    expect(Object.keys(body)).not.toContain('scopes_supported');
    expect(Object.keys(body)).not.toContain('resource_name');
  });

  test.each([
    ['another path', `${WELL_KNOWN}/notes`, 'https://host.example'],
    ['the root of the host', WELL_KNOWN, 'https://host.example/notes'],
    ['the other order of paths', `/notes${WELL_KNOWN}`, 'https://host.example/notes'],
    ['another query', `${WELL_KNOWN}?tenant=2`, 'https://host.example?tenant=1'],
    ['no query', WELL_KNOWN, 'https://host.example?tenant=1'],
  ])('§3.1: the metadata is not at %s', async (_what, place, resource) => {
    const { base } = await startApi(start, tokenOf(), {}, { resource });
    expect([401, 404]).toContain((await fetch(base + place)).status);
  });

  test('§3.1: a query that is no part of the identifier does not matter', async () => {
    const { get } = await startApi(start);
    expect((await get({}, `${WELL_KNOWN}?a=1`)).status).toBe(200);
  });

  test('§3.1: the metadata is there for a target that is a whole URL, too', async () => {
    const { send } = await startApi(start);
    expect((await send(`http://localhost${WELL_KNOWN}`)).status).toBe(200);
  });

  test.each(['GET', 'HEAD', 'OPTIONS'])('applications of every origin may send %s', async (method) => {
    const { get } = await startApi(start);
    const { status, headers } = await get(
      { origin: 'https://app.example', 'access-control-request-method': 'GET' },
      WELL_KNOWN,
      method,
    );
    expect(status).toBe(200);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-headers')).toBe('*');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('metadata is not answered to POST', async () => {
    const { base } = await startApi(start);
    expect([401, 404]).toContain((await fetch(base + WELL_KNOWN, { method: 'POST' })).status);
  });

  test.each(places)('§5.1: every challenge of %s leads to %s', async (resource, place) => {
    const key = await keyOf();
    const bound = { cnf: { jkt: key.jkt }, aud: resource };
    const resource_metadata = new URL(resource).origin + place;
    const facts = [
      { aud: 'https://other.example' },
      { scope: 'write', aud: resource },
      { aud: resource },
      bound,
    ];
    const tokens = facts.map((fact) => tokenOf(fact));
    const { get } = await startApi(
      start,
      async (token) => tokens[Number(token)] ?? { active: false },
      { scope: 'read', maxAge: 1 },
      { resource },
    );
    const errors: (string | undefined)[] = [];
    for (const headers of [
      {},
      { authorization: 'Bearer' },
      { authorization: 'Bearer 0' },
      { authorization: 'Bearer 1' },
      { authorization: 'Bearer 2' },
      { authorization: 'Bearer 3' },
      { authorization: 'DPoP 3' },
      { authorization: 'DPoP 3', dpop: await proofBy(key, { htm: 'PUT' }) },
    ]) {
      const { challenges } = await get(headers as Record<string, string>);
      for (const challenge of challenges) {
        expect(challenge.resource_metadata).toBe(resource_metadata);
        errors.push(challenge.error);
      }
    }
    expect(errors).toEqual([
      undefined,
      undefined,
      'invalid_request',
      'invalid_token',
      'insufficient_scope',
      'insufficient_user_authentication',
      'invalid_token',
      'invalid_dpop_proof',
      'invalid_dpop_proof',
    ]);
  });
});
