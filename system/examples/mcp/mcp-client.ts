/** An application with the official TypeScript client, and the browser of its user. */
import { hash } from 'node:crypto';
import {
  Client,
  type OAuthClientInformationMixed,
  type OAuthClientProvider,
  type OAuthTokens,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client';
import { agree } from '../../../auth-server/test/support/code-flow.ts';
import { type Page, UserAgent } from '../../../auth-server/test/support/user-agent.ts';

export const CALLBACK = 'http://127.0.0.1:53682/callback';

/** Opens an authorization request for the user, and resolves with the parameters that come back to the application. */
export type Visit = (address: URL) => Promise<URLSearchParams>;

/** What an application keeps, and what it was asked for. */
interface Kept {
  client?: OAuthClientInformationMixed | undefined;
  tokens?: OAuthTokens | undefined;
  /** The code verifier of the answer that is being redeemed (RFC 7636 §4.1). */
  verifier?: string;
  discovery?: Parameters<NonNullable<OAuthClientProvider['saveDiscoveryState']>>[0];
  /** The authorization requests so far. */
  asked: URL[];
  /** The parameters of the last answer, and the verifier of its request: the client makes several requests at once. */
  answer?: { parameters: URLSearchParams; verifier: string } | undefined;
}

/** The application while it is connected. */
export interface Application {
  kept: Kept;
  /** Calls a tool, and answers its text. When it needs the user, they allow what is asked for, and the call is made again. */
  call(tool: string, input?: Record<string, unknown>): Promise<string>;
  tools(): Promise<string[]>;
  close(): Promise<void>;
}

/** A user who signs in and allows all that is asked for, in one browser without a screen. */
export function inBrowser(issuer: string, decide: (page: Page) => Promise<Page> = agree): Visit {
  const browser = new UserAgent(issuer);
  return async (address) => {
    const { target, html } = await decide(await browser.open(address));
    if (target === undefined) throw new Error(`the user did not come back: ${html}`);
    return target.searchParams;
  };
}

/** Connects an application to an MCP server of which it knows nothing but the URL. */
export async function connect(server: string, visit: Visit, redirectUrl = CALLBACK): Promise<Application> {
  const kept: Kept = { asked: [] };
  /** The code verifiers of all requests, by their challenges. */
  const verifiers = new Map<string | null, string>();
  const provider: OAuthClientProvider = {
    redirectUrl,
    clientMetadata: {
      client_name: 'Notebook',
      redirect_uris: [redirectUrl],
      token_endpoint_auth_method: 'none',
    },
    clientInformation: () => kept.client,
    saveClientInformation: (client) => void Object.assign(kept, { client }),
    tokens: () => kept.tokens,
    saveTokens: (tokens) => void Object.assign(kept, { tokens }),
    codeVerifier: () => kept.verifier ?? '',
    saveCodeVerifier: (verifier) => void verifiers.set(hash('sha256', verifier, 'base64url'), verifier),
    discoveryState: () => kept.discovery,
    saveDiscoveryState: (discovery) => void Object.assign(kept, { discovery }),
    invalidateCredentials: (what) => {
      if (what !== 'verifier') delete kept.tokens;
    },
    async redirectToAuthorization(address) {
      kept.asked.push(address);
      const verifier = verifiers.get(address.searchParams.get('code_challenge')) ?? '';
      kept.answer = { parameters: await visit(address), verifier };
    },
  };
  const client = await withUser(open);
  return {
    kept,
    call(name, input = {}) {
      return withUser(async () => {
        const { content } = await client.callTool({ name, arguments: input });
        return content.map((part) => ('text' in part ? part.text : '')).join();
      });
    },
    async tools() {
      return (await client.listTools()).tools.map(({ name }) => name);
    },
    close: () => client.close(),
  };

  function transport() {
    return new StreamableHTTPClientTransport(new URL(server), { authProvider: provider });
  }

  async function open(): Promise<Client> {
    const opened = new Client({ name: 'notebook', version: '1.0.0' });
    await opened.connect(transport());
    return opened;
  }

  /** Does something that may need the user, who is then asked, once. */
  async function withUser<R>(act: () => Promise<R>): Promise<R> {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof UnauthorizedError) || kept.answer === undefined) throw error;
      const { parameters, verifier } = kept.answer;
      delete kept.answer;
      kept.verifier = verifier;
      await transport().finishAuth(parameters);
      return act();
    }
  }
}
