/** The workload whose JWT a request presents. */
import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import { endpointAt } from 'shared/config/settings.ts';
import {
  type VerifiedWorkload,
  verifyWorkload,
  type WorkloadJwts,
} from '../../core/workloads/verify-workload.ts';
import { identitiesOf } from '../../core/workloads/workload-identity.ts';
import { type AssertionRefusal, refusalText } from '../../core/workloads/workload-refusals.ts';
import { tellingOutages } from '../library-outages.ts';

/** Where a JWT was sent, and what a bad one is called there. */
export interface Presented {
  parameter: 'assertion' | 'subject_token';
  jwt: string;
  error: 'invalid_grant' | 'invalid_request';
}

/**
 * The workload, if it is one of the client that makes the request. Nothing is used up yet.
 *
 * @throws {errors.CustomOIDCProviderError} when the JWT is not good
 * @throws {errors.TemporarilyUnavailable} while the keys of its issuer cannot be had
 */
export async function presentedWorkload(
  ctx: KoaContextWithOIDC,
  provider: Provider,
  jwts: WorkloadJwts,
  presented: Presented,
): Promise<VerifiedWorkload> {
  const { issuer } = provider;
  const expected = {
    identities: identitiesOf(ctx.oidc.client ?? {}),
    audiences: [issuer, endpointAt(issuer, 'token'), ctx.oidc.urlFor('token')],
  };
  const workload = await tellingOutages(verifyWorkload(jwts, presented.jwt, expected));
  if (!workload.ok) throw refusedWorkload(presented, workload.refusal);
  return workload.value;
}

/** The error of a JWT that is not good (RFC 7523 §3.1, RFC 8693 §2.2.2). */
export function refusedWorkload({ parameter, error }: Presented, { fault, detail }: AssertionRefusal): Error {
  const logged = detail === undefined ? fault : `${fault}: ${detail}`;
  return new errors.CustomOIDCProviderError(error, refusalText(parameter, fault), { detail: logged });
}
