/** Which workload asked for a token, for the log and the audit log: the token itself is the client's, and says nothing of it. */
import type { Provider } from 'oidc-provider';

type Token = InstanceType<Provider['AccessToken' | 'ClientCredentials']>;

/** A workload, as its issuer names it. */
export interface Workload {
  issuer: string;
  subject: string;
}

const workloads = new WeakMap<Token, Workload>();

/** Notes which workload a token is issued to. */
export function issuedTo(token: Token, { issuer, subject }: Workload): void {
  workloads.set(token, { issuer, subject });
}

/** The workload that asked for a token in this request; undefined for any other token. */
export function workloadOf(token: Token): Workload | undefined {
  return workloads.get(token);
}
