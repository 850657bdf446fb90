/** The issuer with the APIs and clients of the page, and the tokens that it issues. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keyOf, signedProof } from 'shared/test/dpop.ts';
import { textOf } from '../e2e/documents/pages.ts';
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
  const curl = basic('notes-by-curl', 'only-for-trying-out');
  const job = basic('notes-job', 'the-secret-of-the-job');

  const post = (path: string, headers: Record<string, string>, form: Record<string, string>) =>
    fetch(url + path, { method: 'POST', headers, body: new URLSearchParams(form) });

  async function token(headers: Record<string, string>, form: Record<string, string>): Promise<string> {
    const answer = (await (await post('/token', headers, form)).json()) as { access_token?: string };
    if (answer.access_token === undefined) throw new Error(`no token: ${JSON.stringify(answer)}`);
    return answer.access_token;
  }

  return {
    url,
    ofUser: (username, scope = 'notes:read notes:write') =>
      token(curl, { grant_type: 'password', username, password: 'any', scope }),
    ofJob: () => token(job, { grant_type: 'client_credentials' }),
    async bound() {
      const proof = await signedProof(await keyOf(), { htm: 'POST', htu: `${url}/token` });
      return token({ ...job, DPoP: proof }, { grant_type: 'client_credentials' });
    },
    brief: () =>
      token(basic(brief.client_id, brief.client_secret), {
        grant_type: 'client_credentials',
      }),
    ofAnotherApi: () =>
      token(basic('1234', 'qwerty'), { grant_type: 'password', username: 'alice', password: 'any' }),
    async revoke(revoked) {
      await post('/revoke', curl, { token: revoked });
    },
    async stop() {
      await system.stop();
      rmSync(temporary, { recursive: true, force: true });
    },
  };
}

function basic(id: string, secret: string): Record<string, string> {
  return { authorization: `Basic ${btoa(`${id}:${secret}`)}` };
}
