/** An auth server at which anyone registers clients, and what strangers do there. */
import { expect } from 'vitest';
import type { ArtifactStore } from '../../src/core/grants/artifact-store.ts';
import type { CodeClient } from './code-flow.ts';
import { type Registered, startRegistry } from './registry.ts';

export const loopback = 'http://127.0.0.1:33418/callback';

/** What a tool on a user's machine registers. */
export const tool = {
  client_name: 'Tool',
  redirect_uris: [loopback],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
};

/** Starts a server that believes tests where they come from. */
export async function startOpen(
  environment: Record<string, string> = {},
  overrides: { artifacts?: ArtifactStore } = {},
) {
  const registry = await startRegistry(
    { REGISTRATION: 'open', TRUSTED_PROXIES: '127.0.0.1', ...environment },
    overrides,
  );
  const register = (
    metadata: object = tool,
    { address = '192.0.2.1', ...headers }: Record<string, string> = {},
  ) =>
    fetch(`${registry.server.issuer}/register`, {
      method: 'POST',
      body: JSON.stringify(metadata),
      headers: { 'content-type': 'application/json', 'x-forwarded-for': address, ...headers },
    });
  const registered = async (metadata: object = tool, headers?: Record<string, string>) => {
    const response = await register(metadata, headers);
    const client = (await response.json()) as Registered;
    expect(response.status, JSON.stringify(client)).toBe(201);
    return client;
  };
  const manage = ({ registration_client_uri, registration_access_token }: Registered) => {
    return (method: string, body?: object, token = registration_access_token) =>
      registry.send(method, registration_client_uri, token, body);
  };
  return { ...registry, register, registered, manage };
}

/** A registered client, as the code flow takes it. */
export function codeClientOf({ client_id, redirect_uris }: Registered): CodeClient {
  return { id: client_id, redirectUri: String((redirect_uris as string[])[0]) };
}
