/** An auth server at which clients register themselves, and the requests with which they do. */
import { expect } from 'vitest';
import type { ArtifactStore } from '../../src/core/grants/artifact-store.ts';
import { startAuthServer } from './auth-server.ts';

export const INITIAL_ACCESS_TOKEN = 'kW8fQ2mZp4Lx7Rt1';
export const redirectUri = 'https://newcomer.example/callback';
export const metadata = {
  client_name: 'Newcomer',
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code', 'refresh_token'],
};

export interface Registered {
  client_id: string;
  client_secret: string;
  registration_client_uri: string;
  registration_access_token: string;
  [member: string]: unknown;
}

/** Starts a server that accepts registrations, unless the settings say otherwise. */
export async function startRegistry(
  environment: Record<string, string> = { INITIAL_ACCESS_TOKEN },
  overrides: { artifacts?: ArtifactStore } = {},
) {
  const server = await startAuthServer(environment, overrides);
  const send = (method: string, url: string, token: string | undefined, body?: object) =>
    fetch(url, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  const register = (body: object = metadata, token: string | undefined = INITIAL_ACCESS_TOKEN) =>
    send('POST', `${server.issuer}/register`, token, body);
  const registered = async () => {
    const response = await register();
    expect(response.status).toBe(201);
    const client = (await response.json()) as Registered;
    const manage = (method: string, body?: object, token = client.registration_access_token) =>
      send(method, client.registration_client_uri, token, body);
    return {
      client,
      manage,
      codeClient: { id: client.client_id, secret: client.client_secret, redirectUri },
    };
  };
  return { server, send, register, registered };
}
