/** An API: what the issuer protects. It is data: an identifier, scopes with their meanings, and rules for its tokens. */
import type { SigningAlg } from '../keys/signing-algs.ts';

/** A text for users, and the same in other languages by their tags (RFC 5646), in lower case. */
export interface LocalizedText {
  text: string;
  translations: Readonly<Record<string, string>>;
}

/** For whom an access token is: a user, or a client that acts for itself. */
export type TokenKind = 'user' | 'client';

/** Where an API is defined: by this program, in a file of the operator, or by an administrator. */
export type ApiOrigin = 'built in' | 'file' | 'registry';

/** Which tokens an API takes in exchange for tokens of its own (RFC 8693). */
export interface ExchangeEntry {
  /** The identifier of the API that the tokens are for, or of the issuer that workloads have their tokens from. */
  from: string;
  /** The ids of the clients that may exchange them. */
  clients: readonly string[];
  /** What they may get. */
  scopes: readonly string[];
}

/** An API that clients can get tokens for. */
export interface Api {
  /** Its identifier (RFC 8707 §2), as it was written: the `aud` of its tokens. */
  resource: string;
  name: LocalizedText;
  /** Its scopes, and what each lets a client do. */
  scopes: ReadonlyMap<string, LocalizedText>;
  /** The scopes that a client without a registered `scope` (RFC 7591 §2) may ask for. */
  defaultScopes: readonly string[];
  /** How long its access tokens live, in seconds, unless their client has them for less. */
  accessTokenTtl: number;
  /** `jwt` as in RFC 9068, or `opaque`: stored, and known by introspection only. */
  accessTokenFormat: 'jwt' | 'opaque';
  signingAlg: SigningAlg;
  /** The ids of the clients that may introspect its tokens. */
  resourceServers: ReadonlySet<string>;
  /** Which tokens may be exchanged for its own; none, unless it says so. */
  exchange: readonly ExchangeEntry[];
  /** For whom there are tokens. */
  tokensFor: ReadonlySet<TokenKind>;
  /** Whether discovery lists its scopes. */
  isListed: boolean;
  /** Whether it is the admin API. Only clients that the operator lets administer get tokens for it. */
  administers: boolean;
  /** When it was defined, in seconds since the epoch. A token that is older is of an earlier API with its identifier. */
  since: number;
  origin: ApiOrigin;
}

/** How long access tokens live unless their API says otherwise, in seconds. */
export const ACCESS_TOKEN_TTL = 5;

/** What an access token may live for, in seconds. */
export const ACCESS_TOKEN_TTLS = { least: ACCESS_TOKEN_TTL, most: 86_400 };

/** A text that is in one language only. */
export function plainText(text: string): LocalizedText {
  return { text, translations: {} };
}
