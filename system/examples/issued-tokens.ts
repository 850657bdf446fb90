/** The issuer with the APIs and clients of the page, and the tokens that it issues. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keyOf, signedProof } from 'shared/test/dpop.ts';
import { textOf } from '../e2e/documents/pages.ts';
import { accessToken, revokeToken } from '../e2e/issuer-calls.ts';
import { type System, startedSystem } from '../e2e/system.ts';

const folder = 'examples/protect-an-api';

/** A client of the test whose tokens expire while it waits. */
const brief = {
  client_id: 'brief',
  client_secret: 'a-secret-of-the-test',
  grant_types: ['client_credentials'],
  response_types: [],
  scope: 'notes:read',
  access_token_ttl: 5,
};

/** The running issuer. Every token is for the API of notes, unless it says otherwise. */
export interface Issuer {
  url: string;
  /** A token of a user. */
  ofUser(username: string, scope?: string): Promise<string>;
  /** A token that the job got for itself. */
  ofJob(): Promise<string>;
  /** The same, which is bound to a key (RFC 9449). */
  bound(): Promise<string>;
  /** A token of a client for itself that lives 5 seconds. */
  brief(): Promise<string>;
  /** A user's token for the clock. */
  ofAnotherApi(): Promise<string>;
  revoke(token: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the issuer, as the page does. */
export async function startIssuer(): Promise<Issuer> {
  const temporary = mkdtempSync(join(tmpdir(), 'examples-'));
  const clients = join(temporary, 'clients.json');
  writeFileSync(clients, JSON.stringify([...JSON.parse(textOf(`${folder}/clients.json`)), brief]));
  const system: System = await startedSystem({
    APIS_FILE: fileURLToPath(new URL(`../../${folder}/apis.json`, import.meta.url)),
    CLIENTS_FILE: clients,
  });
  const url = system.urls.authServer;
  const curl = { id: 'notes-by-curl', secret: 'only-for-trying-out' };
  const job = { id: 'notes-job', secret: 'the-secret-of-the-job' };
  const ofTheClock = { id: '1234', secret: 'qwerty' };
  const ofItself = { grant_type: 'client_credentials' };
  const ofUser = (username: string) => ({ grant_type: 'password', username, password: 'any' });

  return {
    url,
    ofUser: (username, scope = 'notes:read notes:write') =>
      accessToken(url, curl, { ...ofUser(username), scope }),
    ofJob: () => accessToken(url, job, ofItself),
    async bound() {
      const dpop = await signedProof(await keyOf(), { htm: 'POST', htu: `${url}/token` });
      return accessToken(url, job, ofItself, { dpop });
    },
    brief: () => accessToken(url, { id: brief.client_id, secret: brief.client_secret }, ofItself),
    ofAnotherApi: () => accessToken(url, ofTheClock, ofUser('alice')),
    revoke: (token) => revokeToken(url, curl, token),
    async stop() {
      await system.stop();
      rmSync(temporary, { recursive: true, force: true });
    },
  };
}
