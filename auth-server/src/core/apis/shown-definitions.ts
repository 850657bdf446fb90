/** The definition of an API that is in force, wherever it was defined. */
import type { Api, LocalizedText } from './api.ts';
import type { ApiDefinition } from './api-definition.ts';

/** The definition that would make such an API. */
export function definitionOf(api: Api): ApiDefinition {
  const scopes = [...api.scopes].map(([scope, { text, translations }]) => [
    scope,
    Object.keys(translations).length === 0
      ? text
      : { description: text, ...tagged('description', translations) },
  ]);
  return {
    resource: api.resource,
    name: api.name.text,
    ...tagged('name', api.name.translations),
    scopes: Object.fromEntries(scopes),
    default_scopes: [...api.defaultScopes],
    access_token_ttl: api.accessTokenTtl,
    access_token_format: api.accessTokenFormat,
    signing_alg: api.signingAlg,
    resource_servers: [...api.resourceServers],
    exchange: api.exchange.map(({ from, clients, scopes }) => ({
      from,
      clients: [...clients],
      scopes: [...scopes],
    })),
    grants: [...api.tokensFor],
    listed: api.isListed,
  };
}

function tagged(member: string, translations: LocalizedText['translations']): Record<string, string> {
  return Object.fromEntries(Object.entries(translations).map(([tag, text]) => [`${member}#${tag}`, text]));
}
