/** An API as operators and administrators define it: in APIS_FILE and at the admin API alike. */
import { z } from 'zod';
import { apiIdentifierFault } from '../clients/client-uris.ts';
import { SIGNING_ALGS, type SigningAlg } from '../keys/signing-algs.ts';
import { SCOPE, SCOPE_LIMITS } from '../scope-syntax.ts';
import { isDisplayName } from '../users/profile-rules.ts';
import { ACCESS_TOKEN_TTL, ACCESS_TOKEN_TTLS, type Api, type ApiOrigin, type LocalizedText } from './api.ts';
import { normalised } from './apis.ts';
import { exchangeEntry, MAX_EXCHANGE_ENTRIES } from './exchange-definition.ts';
import { isOidcScope } from './scopes.ts';
import { notAMember } from './unknown-members.ts';

/** How many clients may introspect the tokens of one API. */
const MAX_RESOURCE_SERVERS = 50;

/** How many other languages a text may be in: an API may be changed any number of times, and must not grow without end. */
const MAX_LANGUAGES = 50;

/** How long a definition may be, in characters of JSON: every replica keeps those of all APIs in memory. */
const MAX_LENGTH = 100_000;

/** A member with the tag of a language behind it (RFC 5646), such as `name#de`. */
const TAGGED = /^(\w+)#([A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*)$/;

const text = z.string().max(400).refine(isDisplayName, 'must have 1 to 200 visible characters');

const scopeName = z
  .string()
  .max(SCOPE_LIMITS.length)
  .regex(SCOPE, 'is not a scope (RFC 6749 §3.3)')
  .refine((scope) => !isOidcScope(scope), 'is a scope of OpenID Connect');

const meaning = z.union(
  [
    text.meta({ examples: ['See your orders'] }),
    z
      .looseObject({ description: text })
      .superRefine(onlyTagged('description', ['description']))
      .meta({ description: 'With the same in other languages, such as `description#de`' }),
  ],
  'must be a text, or an object with description',
);

const members = {
  resource: z
    .string()
    .superRefine((uri, context) => {
      const fault = apiIdentifierFault(uri);
      if (fault !== undefined) context.addIssue(fault);
    })
    .meta({ description: 'The identifier (RFC 8707): the `aud` of its tokens', format: 'uri' }),
  name: text.meta({
    description: 'What users read; in other languages as `name#de` and the like',
    examples: ['Orders'],
  }),
  scopes: z
    .record(scopeName, meaning)
    .refine((scopes) => Object.keys(scopes).length > 0, 'must have one scope or more')
    .refine(
      (scopes) => Object.keys(scopes).length <= SCOPE_LIMITS.ofApi,
      `must have at most ${SCOPE_LIMITS.ofApi} scopes`,
    )
    .meta({
      description: 'Each scope with what it lets a client do, as the consent page lists it',
      examples: [{ 'orders:read': 'See your orders' }],
    }),
  default_scopes: z
    .array(z.string())
    .max(SCOPE_LIMITS.ofApi)
    .default([])
    .meta({ description: 'What clients without a registered `scope` may ask for' }),
  access_token_ttl: z
    .int()
    .min(ACCESS_TOKEN_TTLS.least)
    .max(ACCESS_TOKEN_TTLS.most)
    .default(ACCESS_TOKEN_TTL)
    .meta({ description: 'How long access tokens live, in seconds' }),
  access_token_format: z.enum(['jwt', 'opaque']).default('jwt'),
  signing_alg: z.enum(SIGNING_ALGS).optional().meta({ description: 'That of the server when left out' }),
  resource_servers: z
    .array(z.string().min(1))
    .max(MAX_RESOURCE_SERVERS)
    .default([])
    .meta({ description: 'The ids of the clients that may introspect its tokens' }),
  exchange: z.array(exchangeEntry).max(MAX_EXCHANGE_ENTRIES).default([]).meta({
    description: 'Which tokens may be exchanged for its own (RFC 8693), and by whom',
  }),
  grants: z
    .array(z.enum(['user', 'client']))
    .min(1)
    .max(2)
    .default(['user', 'client'])
    .meta({
      description: 'Whether there are tokens of users, and tokens that clients get for themselves',
      examples: [['user', 'client']],
    }),
  listed: z.boolean().default(true).meta({ description: 'Whether discovery lists its scopes' }),
};

/** One API. */
export const apiDefinition = z
  .looseObject(members)
  .superRefine(onlyTagged('name', Object.keys(members)))
  .superRefine(({ resource, default_scopes, exchange, scopes }, context) => {
    const unknown = (named: string[]) => named.filter((scope) => !Object.hasOwn(scopes, scope));
    const faults: [path: PropertyKey[], message: string][] = unknown(default_scopes).map((scope) => [
      ['default_scopes'],
      `names ${scope}, which the API does not have`,
    ]);
    for (const [index, entry] of exchange.entries()) {
      for (const scope of unknown(entry.scopes))
        faults.push([['exchange', index, 'scopes'], `names ${scope}, which the API does not have`]);
      if (normalised(entry.from) === normalised(resource))
        faults.push([['exchange', index, 'from'], 'is the API itself']);
    }
    for (const [path, message] of faults) context.addIssue({ code: 'custom', path, message });
  })
  .refine(
    (definition) => JSON.stringify(definition).length <= MAX_LENGTH,
    `must have at most ${MAX_LENGTH} characters of JSON`,
  );

/** An API that was defined. */
export type ApiDefinition = z.output<typeof apiDefinition>;

/**
 * The API that a definition describes.
 *
 * @param signingAlg signs its tokens unless it names another algorithm
 * @param since when it was defined, in seconds since the epoch; 0 where that is not known
 */
export function apiOf(definition: ApiDefinition, signingAlg: SigningAlg, origin: ApiOrigin, since = 0): Api {
  return {
    resource: definition.resource,
    name: { text: definition.name, translations: translationsOf('name', definition) },
    scopes: new Map(Object.entries(definition.scopes).map(([scope, meant]) => [scope, meaningOf(meant)])),
    defaultScopes: definition.default_scopes,
    accessTokenTtl: definition.access_token_ttl,
    accessTokenFormat: definition.access_token_format,
    signingAlg: definition.signing_alg ?? signingAlg,
    resourceServers: new Set(definition.resource_servers),
    exchange: definition.exchange,
    tokensFor: new Set(definition.grants),
    isListed: definition.listed,
    administers: false,
    since,
    origin,
  };
}

function meaningOf(meant: z.output<typeof meaning>): LocalizedText {
  if (typeof meant === 'string') return { text: meant, translations: {} };
  return { text: meant.description, translations: translationsOf('description', meant) };
}

function translationsOf(member: string, object: object): LocalizedText['translations'] {
  const tagged = Object.entries(object).flatMap(([name, value]) => {
    const [, base, tag] = TAGGED.exec(name) ?? [];
    return base === member && tag !== undefined ? [[tag.toLowerCase(), String(value)] as const] : [];
  });
  return Object.fromEntries(tagged);
}

/** Refuses unknown members, except this one with the tag of a language behind it. */
function onlyTagged(member: string, known: string[]) {
  return (object: Record<string, unknown>, context: z.RefinementCtx) => {
    const others = Object.entries(object).filter(([name]) => !known.includes(name));
    const tooMany = `must be in at most ${MAX_LANGUAGES} other languages`;
    if (others.length > MAX_LANGUAGES) context.addIssue({ code: 'custom', path: [member], message: tooMany });
    for (const [name, value] of others) {
      const isTagged = TAGGED.exec(name)?.[1] === member;
      if (!isTagged) context.addIssue({ code: 'custom', path: [name], message: notAMember(name, known) });
      else if (typeof value !== 'string' || !isDisplayName(value))
        context.addIssue({ code: 'custom', path: [name], message: 'must have 1 to 200 visible characters' });
    }
  };
}
