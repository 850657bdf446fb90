/** Authorization requests that wait for a user, as the pages see them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors, type InteractionResults, type Provider } from 'oidc-provider';
import type { Interactions } from '../../core/sign-in/interactions.ts';
import { grantOf, type Interaction } from '../grants/remembered-grants.ts';
import { textOf } from '../parameters.ts';

/** A browser's request, whose cookie says which interaction is the browser's, and the response to it. */
interface Exchange {
  req: IncomingMessage;
  res: ServerResponse;
}

/** Finds an interaction by the browser's cookie, and hands the user's answers to the library. */
export function interactions(provider: Provider): Interactions<Exchange> {
  return {
    async find(browser) {
      const interaction = await findInteraction(browser);
      if (interaction === undefined) return undefined;
      const client = await provider.Client.find(String(interaction.params.client_id));
      if (client === undefined) return undefined;
      return {
        id: interaction.uid,
        asks: interaction.prompt.name === 'login' ? 'login' : 'consent',
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
      return answer(browser, { login: { accountId, amr: [by], remember: false, proof } });
    },

    async consented(browser) {
      const interaction = await provider.interactionDetails(browser.req, browser.res);
      return answer(browser, { consent: { grantId: await grantOf(provider, interaction) } });
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
