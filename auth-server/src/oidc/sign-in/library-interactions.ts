/** Authorization requests that wait for a user, as the pages see them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors, type InteractionResults, type Provider } from 'oidc-provider';
import type { ArtifactStore } from '../../core/grants/artifact-store.ts';
import type { Interactions, PendingInteraction } from '../../core/sign-in/interactions.ts';
import { type Allowed, allow } from '../grants/consents.ts';
import { textOf } from '../parameters.ts';

/** A browser's request, whose cookie says which interaction is the browser's, and the response to it. */
interface Exchange {
  req: IncomingMessage;
  res: ServerResponse;
}

/** The library's record of an authorization request that waits for a user. */
type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/** What a prompt of the library asks of the user; any other asks for consent. */
const ASKS: Partial<Record<string, PendingInteraction['asks']>> = {
  login: 'login',
  select_account: 'account',
};

/** Finds an interaction by the browser's cookie, and hands the user's answers to the library. */
export function interactions(provider: Provider, artifacts: ArtifactStore): Interactions<Exchange> {
  return {
    async find(browser) {
      const interaction = await findInteraction(browser);
      if (interaction === undefined) return undefined;
      const client = await provider.Client.find(String(interaction.params.client_id));
      if (client === undefined) return undefined;
      return {
        id: interaction.uid,
        asks: ASKS[interaction.prompt.name] ?? 'consent',
        client: {
          id: client.clientId,
          name: client.clientName ?? client.clientId,
          firstParty: client.first_party === true,
        },
        user: interaction.session?.accountId,
        loginHint: textOf(interaction.params.login_hint),
        scopes: textOf(interaction.params.scope)?.split(' ') ?? [],
        redirectUri: textOf(interaction.params.redirect_uri),
      };
    },

    async whyMissing({ req, res }) {
      // The cookie lives as long as the interaction may, and is not cleared when that ends.
      const id = provider.createContext(req, res).cookies.get(provider.cookieName('interaction'));
      if (id === undefined) return 'unknown';
      return (await provider.Interaction.find(id)) === undefined ? 'answered' : 'other_user';
    },

    async onward(browser) {
      const interaction = await findInteraction(browser);
      return interaction?.result && interaction.returnTo;
    },

    signedIn(browser, user, by) {
      // The session ends with the browser: people who share a machine expect a closed browser to be signed out.
      const { sub: accountId, proof } = user;
      const login = { accountId, amr: [by], remember: false, proof };
      // Who says who they are has chosen the account.
      return answer(browser, { login, select_account: {} });
    },

    stayed(browser) {
      return answer(browser, { select_account: {} });
    },

    async consented(browser) {
      const interaction = await provider.interactionDetails(browser.req, browser.res);
      const parties = {
        accountId: String(interaction.session?.accountId),
        clientId: String(interaction.params.client_id),
      };
      const { jti } = await allow(artifacts, parties, askedFor(interaction));
      return answer(browser, { consent: { grantId: jti } });
    },

    declined(browser) {
      return answer(browser, {
        error: 'access_denied',
        error_description: 'the resource owner declined',
      });
    },
  };

  function answer({ req, res }: Exchange, result: InteractionResults): Promise<string> {
    return provider.interactionResult(req, res, result, { mergeWithLastSubmission: true });
  }

  async function findInteraction({ req, res }: Exchange): Promise<Interaction | undefined> {
    try {
      return await provider.interactionDetails(req, res);
    } catch (error) {
      if (error instanceof errors.SessionNotFound) return undefined;
      throw error;
    }
  }
}

/** What the user has not allowed yet, and the library needs to be allowed. */
function askedFor({ prompt }: Interaction): Allowed {
  const { missingOIDCScope, missingOIDCClaims, missingResourceScopes } = prompt.details as {
    missingOIDCScope?: string[];
    missingOIDCClaims?: string[];
    missingResourceScopes?: Record<string, string[]>;
  };
  const resources = Object.entries(missingResourceScopes ?? {}).map(([resource, scopes]) => [
    resource,
    scopes.join(' '),
  ]);
  return {
    openid: { scope: missingOIDCScope?.join(' '), claims: missingOIDCClaims },
    resources: Object.fromEntries(resources),
  };
}
