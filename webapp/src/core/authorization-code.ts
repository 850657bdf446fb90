/** The webapp's use case by the authorization code grant (RFC 6749 §4.1): begun by a call, finished at the callback. */
import type { Result } from 'shared/core/result.ts';
import type { CallApi, Endpoint, Refusal, Time } from './ask-the-time.ts';

/** How an answer is written: as the call that began the flow asked for it. */
export type Representation = 'json' | 'text';

/** An authorization request (RFC 6749 §4.1.1) and what its response must be held against. */
export interface AuthorizationRequest {
  /** Where the browser must go. */
  url: string;
  /** RFC 6749 §10.12. */
  state: string;
  /** RFC 7636 §4.1. */
  codeVerifier: string;
}

/** A flow whose browser is at the authorization server. */
export interface PendingFlow {
  endpoint: Endpoint;
  representation: Representation;
  request: AuthorizationRequest;
}

/** Why a flow ended without a token. After `browser`, `response` and `code` a new call may do better. */
export type FlowRefusal =
  | { by: 'webapp'; of: 'browser' }
  | { by: 'webapp'; of: 'response' }
  | { by: 'auth-server'; of: 'code' }
  | { by: 'auth-server'; of: 'authorization'; error: string; description: string | undefined }
  | Refusal;

/** The port that makes authorization requests. Each has a new state and a new code verifier. */
export type RequestAuthorization = (scope: Endpoint, loginHint: string) => Promise<AuthorizationRequest>;

/** The port that checks an authorization response and redeems its code. It rejects when there is no answer. */
export type RedeemCode = (
  response: URLSearchParams,
  request: AuthorizationRequest,
) => Promise<Result<string, FlowRefusal>>;

/** The port to where flows wait for their callback. */
export interface PendingFlows {
  /**
   * Keeps a flow for a short time. The answer is the secret that its browser must bring back.
   *
   * @param address where the call came from
   */
  keep(flow: PendingFlow, address: string): Promise<string>;
  /** Takes out the flow with this state, once, for whoever has its secret; leaves it where it is for others. */
  take(state: string, secret: string): Promise<PendingFlow | undefined>;
}

/** What a browser needs to go through a flow. */
export interface BegunFlow {
  request: AuthorizationRequest;
  /** Kept by the browser, so that no other can finish the flow. */
  secret: string;
}

/** What a browser brings back from the authorization server. */
export interface Callback {
  response: URLSearchParams;
  state: string;
  secret: string;
}

/** A call for which a flow begins. */
export interface FlowCall {
  endpoint: Endpoint;
  representation: Representation;
  username: string;
  /** Where the call came from. */
  address: string;
}

export interface CodeFlow {
  begin(call: FlowCall): Promise<BegunFlow>;
  finish(callback: Callback): Promise<Result<{ time: Time; representation: Representation }, FlowRefusal>>;
}

/** Asks with a token of its own for each flow, which is good for one endpoint and is forgotten with the answer. */
export function codeFlow(
  requestAuthorization: RequestAuthorization,
  flows: PendingFlows,
  redeemCode: RedeemCode,
  callApi: CallApi,
): CodeFlow {
  return {
    async begin({ endpoint, representation, username, address }) {
      const request = await requestAuthorization(endpoint, username);
      return { request, secret: await flows.keep({ endpoint, representation, request }, address) };
    },

    async finish({ response, state, secret }) {
      const flow = await flows.take(state, secret);
      if (flow === undefined) return { ok: false, refusal: { by: 'webapp', of: 'browser' } };
      const token = await redeemCode(response, flow.request);
      if (!token.ok) return token;
      const time = await callApi(flow.endpoint, token.value);
      if (!time.ok) return time;
      return { ok: true, value: { time: time.value, representation: flow.representation } };
    },
  };
}
