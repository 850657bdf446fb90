/** The routes on which a user signs in and decides what a client may do. */
import Router from '@koa/router';
import type { Context } from 'koa';
import { addRequestFacts, requestId } from 'shared/telemetry/request-context.ts';
import { z } from 'zod';
import { decided } from '../../core/sign-in/asked-scopes.ts';
import { fingerprintOf } from '../../core/sign-in/consent-fingerprint.ts';
import {
  type Interactions,
  type Missing,
  type PendingInteraction,
  UNPROVEN,
} from '../../core/sign-in/interactions.ts';
import type { Admit, SignIn } from '../../core/sign-in/sign-in.ts';
import { leadOn, showsPages } from '../onward.ts';
import { accountPage } from '../pages/account-page.ts';
import { answeredPage } from '../pages/answered-page.ts';
import { consentPage } from '../pages/consent-page.ts';
import { errorPage } from '../pages/error-page.ts';
import { signInPage } from '../pages/sign-in-page.ts';
import { readForm } from './form.ts';
import { shownConsent } from './shown-consent.ts';

/** What the routes need. */
export interface InteractionRoutes {
  /** What browsers have to write in front of the routes' paths. */
  issuerPath: string;
  interactions: Interactions<Pick<Context, 'req' | 'res'>>;
  signIn: SignIn;
  admit: Admit;
  /** The name to show for the user with this `sub`. */
  nameOf(sub: string): Promise<string>;
}

const credentials = z.object({ username: z.string(), password: z.string() });
const choice = z.object({
  decision: z.enum(['accept', 'decline']),
  /** What the page has shown; a page of an earlier version does not say it. */
  shown: z.string().default(''),
  /** Each box that is ticked. */
  scope: z.union([z.string(), z.array(z.string())]).default([]),
});
const account = z.object({ account: z.enum(['same', 'other']) });

/**
 * The pages of an interaction, and the routes that their forms post to. A form is answered with a redirect (RFC 9700
 * §4.12: 303, so that a password is not sent on), unless the page is shown again or the interaction has expired.
 */
export function interactionRoutes(dependencies: InteractionRoutes): Router {
  const { issuerPath, interactions, signIn, admit, nameOf } = dependencies;
  const router = new Router({ prefix: '/interaction/:id' });

  router.get('/', async function showPage(ctx) {
    const pending = await pendingOf(ctx);
    if (pending === undefined) return showMissing(ctx, await interactions.whyMissing(ctx));
    if (pending.asks === 'consent') return show(ctx, await consentTo(ctx, pending));
    if (pending.asks === 'account')
      return show(ctx, accountFor(pending, addressOf(pending.id), await nameOf(pending.user ?? '')));
    const mayAdmit = pending.client.firstParty && !pending.mustProve;
    const admitted = mayAdmit ? await admit(pending.loginHint) : undefined;
    if (admitted !== undefined) return goOn(ctx, await interactions.signedIn(ctx, admitted, UNPROVEN));
    show(ctx, signInFor(pending, addressOf(pending.id), pending.loginHint, false));
  });

  router.post('/sign-in', async function postSignIn(ctx) {
    const { username, password } = await readForm(ctx, credentials);
    const pending = await pendingOf(ctx);
    if (pending === undefined) return showMissing(ctx, await interactions.whyMissing(ctx));
    const result = await signIn(username, password, ctx.ip);
    if (!result.ok) {
      ctx.status = 400;
      return show(ctx, signInFor(pending, addressOf(pending.id), username, true));
    }
    addRequestFacts({ user: result.value.sub });
    goOnFromForm(ctx, await interactions.signedIn(ctx, result.value, 'pwd'));
  });

  router.post('/account', async function postAccount(ctx) {
    const chosen = await readForm(ctx, account);
    const pending = await pendingOf(ctx);
    if (pending?.asks !== 'account') return showMissing(ctx, await interactions.whyMissing(ctx));
    if (chosen.account === 'other') return goOn(ctx, `${addressOf(pending.id)}/other-account`);
    goOnFromForm(ctx, await interactions.stayed(ctx));
  });

  router.get('/other-account', async function showSignIn(ctx) {
    const pending = await pendingOf(ctx);
    if (pending?.asks !== 'account') return showMissing(ctx, await interactions.whyMissing(ctx));
    show(ctx, signInFor(pending, addressOf(pending.id), undefined, false));
  });

  router.post('/consent', async function postConsent(ctx) {
    const { decision, shown, scope } = await readForm(ctx, choice);
    const pending = await pendingOf(ctx);
    if (pending === undefined || pending.asks !== 'consent')
      return showMissing(ctx, await interactions.whyMissing(ctx));
    if (decision === 'decline') return goOnFromForm(ctx, await interactions.declined(ctx));
    // The client or the API has changed: the user has not seen what they would allow, or had choices that count no more.
    if (shown !== fingerprintOf(pending.asked, pending.client.claimed)) return backToPage(ctx);
    const choices = decided(pending.asked, [scope].flat());
    goOnFromForm(ctx, await interactions.consented(ctx, choices, pending.client));
  });

  router.post('/cancel', async function postCancel(ctx) {
    await readForm(ctx, z.object({}));
    if ((await pendingOf(ctx)) === undefined) return showMissing(ctx, await interactions.whyMissing(ctx));
    goOnFromForm(ctx, await interactions.declined(ctx));
  });

  router.get('/onward', async function leadOnward(ctx) {
    const url = await interactions.onward(ctx);
    if (url === undefined) return backToPage(ctx);
    leadOn(ctx, url);
  });

  // A browser that opens the address of a refused form again ends up here.
  router.get(['/sign-in', '/account', '/consent', '/cancel'], backToPage);

  return router;

  function addressOf(id: string): string {
    return `${issuerPath}/interaction/${encodeURIComponent(id)}`;
  }

  async function consentTo(ctx: Context, pending: PendingInteraction): Promise<string> {
    return consentPage({
      ...shownConsent(pending, ctx.get('accept-language')),
      action: addressOf(pending.id),
      username: await nameOf(pending.user ?? ''),
    });
  }

  function backToPage(ctx: Context): void {
    goOn(ctx, addressOf(String(ctx.params.id)));
  }

  /** Goes on by a page of ours, which is not the answer to the form: that would be sent again when the page is loaded again. */
  function goOnFromForm(ctx: Context, url: string): void {
    goOn(ctx, showsPages(ctx) ? `${addressOf(String(ctx.params.id))}/onward` : url);
  }

  async function pendingOf(ctx: Context): Promise<PendingInteraction | undefined> {
    const pending = await interactions.find(ctx);
    if (pending)
      addRequestFacts({ clientId: pending.client.id, ...(pending.user && { user: pending.user }) });
    return pending;
  }
}

function accountFor({ client }: PendingInteraction, action: string, username: string): string {
  return accountPage({ action, clientName: client.name, username });
}

function signInFor(
  { client }: PendingInteraction,
  action: string,
  username: string | undefined,
  refused: boolean,
): string {
  return signInPage({
    action,
    clientName: client.name,
    username,
    refused,
  });
}

function show(ctx: Context, page: string): void {
  ctx.set('Cache-Control', 'no-store');
  ctx.type = 'html';
  ctx.body = page;
}

function showMissing(ctx: Context, why: Missing): void {
  if (why === 'answered') {
    ctx.status = 410;
    show(ctx, answeredPage());
    return;
  }
  const error = why === 'other_user' ? 'interaction_of_another' : 'interaction_expired';
  ctx.status = 400;
  show(ctx, errorPage({ error, description: undefined, requestId: requestId() }));
}

function goOn(ctx: Context, url: string): void {
  ctx.status = 303;
  ctx.redirect(url);
}
