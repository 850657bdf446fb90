/** Writes the resource indicators of requests (RFC 8707) as their APIs do, because the library compares them letter by letter. */
import { type ParsedUrlQuery, parse, stringify } from 'node:querystring';
import type { Middleware } from 'koa';
import { bodyOf } from 'shared/http/body-limit.ts';
import type { Apis } from '../../core/apis/apis.ts';

/** Whether a query or a form may have the parameter; most have not, and need not be parsed. Its name may be in percent-encoding. */
const MAY_NAME_ONE = /\bresource=|(?:^|&)[^=&%]*%[^=&]*=/;

/**
 * Replaces each indicator in a query or a posted form by the known one that is the same URL. One that is named twice is then named
 * once. Any other is left for the library to refuse.
 */
export function spellResources(apis: Apis): Middleware {
  return function spellResourcesMiddleware(ctx, next) {
    if (MAY_NAME_ONE.test(ctx.querystring)) ctx.query = spelt(ctx.query);
    if (
      ctx.method === 'POST' &&
      MAY_NAME_ONE.test(bodyOf(ctx)) &&
      ctx.is('application/x-www-form-urlencoded')
    ) {
      Object.assign(ctx.request, { body: stringify(spelt(parse(bodyOf(ctx)))) });
    }
    return next();
  };

  function spelt(parameters: ParsedUrlQuery): ParsedUrlQuery {
    const { resource } = parameters;
    if (resource === undefined) return parameters;
    const spellings = new Set([resource].flat().map(spellingOf));
    return { ...parameters, resource: [...spellings] };
  }

  function spellingOf(sent: string): string {
    return apis.find(sent)?.resource ?? sent;
  }
}
