/** A device that asks a server to be connected (RFC 8628). */
import { expect } from 'vitest';
import { startAuthServer, temporaryFile } from './auth-server.ts';
import { type AuthServer, cli, cliRegistration, postAs } from './code-flow.ts';
import { slowArtifacts } from './slow-store.ts';
import { UserAgent } from './user-agent.ts';

interface DeviceAnswer {
  device_code: string;
  user_code: string;
  verification_uri: string;
  verification_uri_complete: string;
  expires_in: number;
  interval?: number;
}

export const startWithCli = async (settings: Record<string, string> = {}) =>
  startAuthServer(
    { CLIENTS_FILE: await temporaryFile([cliRegistration]), ...settings },
    { artifacts: slowArtifacts() },
  );

/** Begins the flow, and answers what the device shows, how it polls, and its user's browser. */
export async function begin(server: AuthServer, client = cli, scope = 'current_time') {
  const response = await postAs(server, client, '/device_authorization', { scope });
  expect(response.status).toBe(200);
  const device = (await response.json()) as DeviceAnswer;
  const poll = () =>
    postAs(server, client, '/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: device.device_code,
    });
  return { device, poll, browser: new UserAgent(server.issuer) };
}
