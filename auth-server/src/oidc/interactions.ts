/** Authorization requests that wait for a user, as the pages see them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors, type InteractionResults, type Provider } from 'oidc-provider';
import { grantOf } from './grants.ts';

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/** Finds them by the browser's cookie, and hands the user's answers to the library. */
export function interactions(provider: Provider) {
  return {
    async find(request: IncomingMessage, response: ServerResponse) {
      const interaction = await findInteraction(request, response);
      if (interaction === undefined) return undefined;
      const client = await provider.Client.find(String(interaction.params.client_id));
      if (client === undefined) return undefined;
      return {
        id: interaction.uid,
        asks: interaction.prompt.name === 'login' ? ('login' as const) : ('consent' as const),
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

    signedIn(request: IncomingMessage, response: ServerResponse, user: { sub: string }, by: string) {
      // Not remembered longer than the browser runs: who shares a machine expects a closed browser to be signed out.
      return answer(request, response, { login: { accountId: user.sub, amr: [by], remember: false } });
    },

    async consented(request: IncomingMessage, response: ServerResponse) {
      const interaction = await provider.interactionDetails(request, response);
      return answer(request, response, { consent: { grantId: await grantOf(provider, interaction) } });
    },

    declined(request: IncomingMessage, response: ServerResponse) {
      return answer(request, response, {
        error: 'access_denied',
        error_description: 'the resource owner declined',
      });
    },
  };

  function answer(request: IncomingMessage, response: ServerResponse, result: InteractionResults) {
    return provider.interactionResult(request, response, result, { mergeWithLastSubmission: true });
  }

  async function findInteraction(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<Interaction | undefined> {
    try {
      return await provider.interactionDetails(request, response);
    } catch (error) {
      if (error instanceof errors.SessionNotFound) return undefined;
      throw error;
    }
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
