/** The webapp's use case with the authorization code grant (RFC 6749 §4.1): a call begins it, the callback ends it. */
import type { Result } from 'shared/core/result.ts';
import type { AskedSignIn, CallApi, Endpoint, Refusal, Time } from './ask-the-time.ts';

/** The format of the answer, which the call that began the flow asked for. */
export type Representation = 'json' | 'text';

/** An authorization request (RFC 6749 §4.1.1), and what its response is checked against. */
export interface AuthorizationRequest {
  /** Where the browser must go. */
  url: string;
  /** Protects against CSRF (RFC 6749 §10.12). */
  state: string;
  /** The secret of PKCE (RFC 7636 §4.1). */
  codeVerifier: string;
}

/** A flow whose browser is at the authorization server. */
export interface PendingFlow {
  call: Pick<FlowCall, 'endpoint' | 'representation' | 'username'>;
  request: AuthorizationRequest;
  /** Whether the API has asked for this very sign-in. */
  isStepUp: boolean;
}

/** Why a flow ended without a token. After `browser`, `response` and `code` a new call may succeed. */
export type FlowRefusal =
  | { by: 'webapp'; of: 'browser' }
  | { by: 'webapp'; of: 'response' }
  | { by: 'auth-server'; of: 'code' }
  | { by: 'auth-server'; of: 'authorization'; error: string; description: string | undefined }
  | { by: 'resource-server'; of: 'stepped-up-sign-in'; asked: AskedSignIn }
  | Refusal;

/** The port that makes authorization requests, each with a new state and a new code verifier. */
export type RequestAuthorization = (
  scope: Endpoint,
  loginHint: string,
  asked: AskedSignIn,
) => Promise<AuthorizationRequest>;

/** The port that checks an authorization response and redeems its code for a token. It rejects during an outage. */
export type RedeemCode = (
  response: URLSearchParams,
  request: AuthorizationRequest,
) => Promise<Result<string, FlowRefusal>>;

/** The port that keeps flows until their callback. */
export interface PendingFlows {
  /**
   * Keeps a flow for a short time, and returns the secret that its browser must bring back.
   *
   * @param address the address of the caller
   */
  keep(flow: PendingFlow, address: string): Promise<string>;
  /** Removes and returns the flow with this state. With a wrong secret the flow stays, and the answer is undefined. */
  take(state: string, secret: string): Promise<PendingFlow | undefined>;
}

/** What a browser needs to go through a flow. */
export interface BegunFlow {
  request: AuthorizationRequest;
  /** The browser keeps it, so that no other browser can finish the flow. */
  secret: string;
}

/** What a browser brings back from the authorization server. */
export interface Callback {
  response: URLSearchParams;
  state: string;
  secret: string;
  /** The address of the browser. */
  address: string;
}

/** Where a callback leads: to the answer of the API, or to the sign-in that the API asks for. */
export type Finished = { time: Time; representation: Representation } | { stepUp: BegunFlow };

/** A call that begins a flow. */
export interface FlowCall {
  endpoint: Endpoint;
  representation: Representation;
  username: string;
  /** The address of the caller. */
  address: string;
}

/** The two steps of a flow. */
export interface CodeFlow {
  begin(call: FlowCall): Promise<BegunFlow>;
  finish(callback: Callback): Promise<Result<Finished, FlowRefusal>>;
}

/** Asks for the time with a token for each flow, which is good for one endpoint and is forgotten after the answer. */
export function codeFlow(
  requestAuthorization: RequestAuthorization,
  flows: PendingFlows,
  redeemCode: RedeemCode,
  callApi: CallApi,
): CodeFlow {
  return {
    begin: ({ address, ...call }) => begin(call, address),

    async finish({ response, state, secret, address }) {
      const flow = await flows.take(state, secret);
      if (flow === undefined) return { ok: false, refusal: { by: 'webapp', of: 'browser' } };
      const token = await redeemCode(response, flow.request);
      if (!token.ok) return token;
      const { endpoint, representation } = flow.call;
      const time = await callApi(endpoint, token.value);
      if (time.ok) return { ok: true, value: { time: time.value, representation } };
      return time.refusal.of === 'sign-in' ? stepUp(flow, time.refusal.asked, address) : time;
    },
  };

  async function begin(call: PendingFlow['call'], address: string, asked?: AskedSignIn): Promise<BegunFlow> {
    const request = await requestAuthorization(call.endpoint, call.username, asked ?? {});
    const flow = { call, request, isStepUp: asked !== undefined };
    return { request, secret: await flows.keep(flow, address) };
  }

  /** Follows the challenge of the API (RFC 9470 §4), but once: an API that asks again would have its user sign in for ever. */
  async function stepUp(
    { call, isStepUp }: PendingFlow,
    asked: AskedSignIn,
    address: string,
  ): Promise<Result<Finished, FlowRefusal>> {
    if (isStepUp) return { ok: false, refusal: { by: 'resource-server', of: 'stepped-up-sign-in', asked } };
    return { ok: true, value: { stepUp: await begin(call, address, asked) } };
  }
}
