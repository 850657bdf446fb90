/** Authorization requests that wait for a user, as the pages see them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors, type InteractionResults, type Provider } from 'oidc-provider';
import type { Apis } from '../../core/apis/apis.ts';
import { asking } from '../../core/apis/scopes.ts';
import { type Claimed, claimedBy } from '../../core/clients/claimed-client.ts';
import type { ArtifactStore } from '../../core/grants/artifact-store.ts';
import { type Asked, askedBy, isAccess, NOTHING_ASKED } from '../../core/sign-in/asked-scopes.ts';
import { PASSWORD_ACR } from '../../core/sign-in/authentication-context.ts';
import { type Interactions, type PendingInteraction, UNPROVEN } from '../../core/sign-in/interactions.ts';
import { selfRegistration } from '../clients/self-registered.ts';
import { isOfStranger } from '../clients/strangers.ts';
import { allow, consentOf, type Parties } from '../grants/consents.ts';
import { decidedBy, recorded } from '../grants/recorded-decisions.ts';
import { textOf } from '../parameters.ts';
import { OFFLINE_ACCESS, wantsItUnasked } from '../tokens/refresh-tokens.ts';
import { STEP_UP } from './interaction-policy.ts';

/** A browser's request, whose cookie says which interaction is the browser's, and the response to it. */
interface Exchange {
  req: IncomingMessage;
  res: ServerResponse;
}

/** The library's record of an authorization request that waits for a user. */
type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

type Client = InstanceType<Provider['Client']>;

/** What a prompt of the library asks of the user; any other asks for consent. */
const ASKS: Partial<Record<string, PendingInteraction['asks']>> = {
  login: 'login',
  select_account: 'account',
};

/** Why a user has to prove who they are. The library turns `max_age=0` of OpenID Connect into `prompt=login`, which is its own reason. */
const ASK_FOR_PROOF = new Set([STEP_UP, 'login_prompt']);

const DECLINED = { error: 'access_denied', error_description: 'the resource owner declined' };

/** Finds an interaction by the browser's cookie, and hands the user's answers to the library. */
export function interactions(
  provider: Provider,
  artifacts: ArtifactStore,
  apis: Apis,
): Interactions<Exchange> {
  return {
    async find(browser) {
      const interaction = await findInteraction(browser);
      if (interaction === undefined) return undefined;
      const client = await provider.Client.find(String(interaction.params.client_id));
      if (client === undefined) return undefined;
      const asks = ASKS[interaction.prompt.name] ?? 'consent';
      const claimed = claimedBy(client);
      return {
        id: interaction.uid,
        asks,
        client: {
          id: client.clientId,
          name: claimed?.host ?? client.clientName ?? client.clientId,
          firstParty: client.first_party === true,
          claimed,
          isStrangers: asks === 'consent' && (await isOfStranger(artifacts, client.clientId)),
        },
        user: interaction.session?.accountId,
        loginHint: textOf(interaction.params.login_hint),
        mustProve: interaction.prompt.reasons.some((reason) => ASK_FOR_PROOF.has(reason)),
        asked: asks === 'consent' ? await askedIn(interaction, client) : NOTHING_ASKED,
        redirectUri: textOf(interaction.params.redirect_uri),
        uiLocales: textOf(interaction.params.ui_locales),
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
      const acr = by === UNPROVEN ? undefined : PASSWORD_ACR;
      // Now, and not when the browser leaves the last page: the library takes the time then, unless it is told.
      const ts = Math.floor(Date.now() / 1_000);
      const login = { accountId, amr: [by], ...(acr && { acr }), ts, remember: false, proof };
      // Who says who they are has chosen the account.
      return answer(browser, { login, select_account: {} });
    },

    stayed(browser) {
      return answer(browser, { select_account: {} });
    },

    async consented(browser, decision, client) {
      const interaction = await provider.interactionDetails(browser.req, browser.res);
      // Who leaves everything out has declined.
      if (!isAccess(decision.allowed)) return answer(browser, DECLINED);
      const { jti } = await allow(
        artifacts,
        partiesOf(interaction, client.claimed),
        recorded(decision, interaction.prompt.details.missingOIDCClaims as string[] | undefined, apis),
        apis,
      );
      return answer(browser, { consent: { grantId: jti } });
    },

    declined(browser) {
      return answer(browser, DECLINED);
    },
  };

  async function askedIn(interaction: Interaction, client: Client): Promise<Asked> {
    const { scope, resource = [] } = interaction.params;
    const unasked = (await wantsItUnasked(client, selfRegistration(artifacts))) ? [OFFLINE_ACCESS] : [];
    const request = {
      scopes: [...(textOf(scope)?.split(' ') ?? []), ...unasked],
      resources: [resource].flat().map(String),
      client: asking(client, 'user'),
      // What a first-party client asks for beside administration is granted without a question.
      optional: client.first_party === true ? [] : ((client.optional_scopes ?? []) as string[]),
    };
    const consent = await consentOf(artifacts, partiesOf(interaction, claimedBy(client)), apis);
    return askedBy(request, decidedBy(consent), apis);
  }

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

function partiesOf({ session, params }: Interaction, claimed: Claimed | undefined): Parties {
  const parties = { accountId: String(session?.accountId), clientId: String(params.client_id) };
  return claimed === undefined ? parties : { ...parties, clientName: claimed.name ?? '' };
}
