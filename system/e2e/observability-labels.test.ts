/** Callers cannot choose the labels of metrics. */
import { expect, test } from 'vitest';
import { type Sample, startedWatched } from './watched-system.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

const oneOf = (words: string) => new RegExp(`^(?:${words.split(' ').join('|')})$`);

/** The routes of each service. The library's routes have no slash. */
const routes: Record<string, RegExp> = {
  AUTH_SERVER:
    /^(?:none|\/health\/(?:live|ready)|\/interaction\/:id(?:\/[a-z-]+)?|(?:cors\.)?(?:authorization|client(?:_update|_delete)?|code_verification|device_authorization|device_resume|discovery|end_session(?:_confirm|_success)?|introspection|jwks|pushed_authorization_request|registration|resume|revocation|token|userinfo))$/,
  RESOURCE_SERVER:
    /^(?:none|\/health\/(?:live|ready)|\/(?:current|epoch)_time|\/\.well-known\/oauth-protected-resource)$/,
  WEBAPP: /^(?:none|\/health\/(?:live|ready)|\/(?:current|epoch)_time|\/callback)$/,
};

/** The values that every other label may have. */
const values: Record<string, RegExp> = {
  method: oneOf('GET HEAD POST PUT DELETE OPTIONS PATCH other'),
  status: /^[2-5]\d\d$/,
  le: /^(?:\d+(?:\.\d+)?|\+Inf)$/,
  grant_type: oneOf(
    'authorization_code client_credentials password refresh_token urn:ietf:params:oauth:grant-type:device_code urn:ietf:params:oauth:grant-type:token-exchange urn:ietf:params:oauth:grant-type:jwt-bearer other',
  ),
  // One of ours, and those of RFC 6749 §5.2, RFC 8628 §3.5, RFC 8707 §2, RFC 9449 §5.
  error: oneOf(
    'too_many_attempts invalid_request invalid_client invalid_grant unauthorized_client unsupported_grant_type invalid_scope ' +
      'authorization_pending slow_down access_denied expired_token invalid_target invalid_dpop_proof use_dpop_nonce',
  ),
  // Of introspections, of registrations, of client metadata documents, and of token exchanges, where each error is that of the answer.
  result: oneOf(
    'active inactive refused issued open token too_many invalid_request unauthorized_client invalid_target invalid_scope ' +
      'fetched too_large private_address unreachable slow limited',
  ),
  upstream: /^(?:auth|resource) server$/,
  outcome: oneOf(
    'answered busy deadline_exceeded failed invalid_response timeout unavailable unreachable wrong not_looked_at',
  ),
  target: oneOf('client_secret registration_token user_code'),
  // Labels of Node.js's own metrics.
  kind: oneOf('major minor incremental weakcb'),
  space: /^[a-z_]+$/,
  type: /^[A-Z][A-Za-z]+$/,
  version: oneOf(process.version),
  major: /^\d+$/,
  minor: /^\d+$/,
  patch: /^\d+$/,
};

test('no caller chooses a label, whatever it sends', async () => {
  const { exported, urls, link, output } = await startedWatched();
  const granted = await fetch(`${urls.authServer}/token`, {
    method: 'POST',
    headers: { authorization: basic('1234', 'qwerty') },
    body: new URLSearchParams({ grant_type: 'password', username: 'alice', password: 'wonderland' }),
  });
  const { access_token: token } = (await granted.json()) as { access_token: string };
  const { jti } = JSON.parse(Buffer.from(String(token.split('.')[1]), 'base64url').toString());
  link.cut = true;
  await fetch(`${urls.resourceServer}/current_time`, { headers: { authorization: `Bearer ${token}` } });

  await attack(urls, 'an-outsider');
  const { text, samples } = await exported();
  expect(output()).toContain('an-outsider');
  expect(text).toContain('method="other"');
  expect(text).toContain('grant_type="other"');
  for (const secret of ['an-outsider', 'alice', 'bob', token, jti, TRACE_ID, 'eyJ']) {
    expect(text.toLowerCase()).not.toContain(String(secret).toLowerCase());
  }
  const strange = samples.flatMap(({ service, labels }) =>
    Object.entries(labels)
      .filter(([label, value]) => !(label === 'route' ? routes[service] : values[label])?.test(value))
      .map(([label, value]) => `${service}: ${label}="${value}"`),
  );
  expect(strange).toEqual([]);

  // Other input makes no further series.
  await attack(urls, 'somebody-else');
  expect(seriesOf((await exported()).samples)).toEqual(seriesOf(samples));
}, 60_000);

/** All series except Node.js's own, which come and go by themselves. */
function seriesOf(samples: Sample[]): Set<string> {
  const ours = samples.filter(({ name }) => !/^(?:nodejs|process)_/.test(name));
  return new Set(ours.map((sample) => JSON.stringify(sample)));
}

/** Sends a mark in every place that a caller can fill. */
async function attack(urls: Awaited<ReturnType<typeof startedWatched>>['urls'], mark: string): Promise<void> {
  const { authServer } = urls;
  const asWebapp = { authorization: basic('1234', 'qwerty') };
  const everywhere = 'user-agent accept x-request-id x-request-timeout-ms x-forwarded-for tracestate'.split(
    ' ',
  );
  const ask = async (url: string, init: RequestInit = {}) => {
    const headers = {
      traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01`,
      ...Object.fromEntries(everywhere.map((name) => [name, mark])),
      ...init.headers,
    };
    // Requests that are not HTTP are answered by closing the connection.
    const answer = await fetch(url, { redirect: 'manual', ...init, headers }).catch(() => undefined);
    await answer?.arrayBuffer();
  };

  for (const service of Object.values(urls)) {
    for (const path of ['', 'current_time/', 'health/', 'interaction/', '/', '%00', '.well-known/', 'reg/']) {
      await ask(`${service}/${path}${mark}`);
    }
    for (const path of ['current_time', `interaction/${mark}/sign-in`, 'health/ready', 'token']) {
      for (const method of ['PROPFIND', 'PURGE', 'M-SEARCH', 'OPTIONS', 'PUT', mark]) {
        await ask(`${service}/${path}`, { method });
      }
    }
    await ask(`${service}/current_time?grant_type=${mark}&access_token=${mark}`);
    await ask(`${service}/callback?code=${mark}&state=${mark}&error=${mark}&iss=${mark}`);
    for (const authorization of [`Bearer ${mark}`, `${mark} ${mark}`, basic(mark, mark)]) {
      await ask(`${service}/epoch_time`, { headers: { authorization, dpop: mark } });
    }
  }

  const parameters =
    'username password scope resource code refresh_token device_code token token_type_hint user_code response_type ' +
    'redirect_uri id_token_hint error error_description route status client_assertion_type client_assertion assertion';
  const marked = Object.fromEntries(parameters.split(' ').map((name) => [name, mark]));
  const post = (path: string, form: URLSearchParams, headers: Record<string, string>) =>
    ask(`${authServer}/${path}`, { method: 'POST', body: form, headers });
  const paths =
    'token introspect revoke par device_authorization device authorize logout register userinfo'.split(' ');
  for (const path of paths) {
    const asNobody = new URLSearchParams({
      ...marked,
      grant_type: mark,
      client_id: mark,
      client_secret: mark,
    });
    await ask(`${authServer}/${path}?${asNobody}`);
    await post(path, asNobody, {});
    await post(path, new URLSearchParams({ token: mark }), { authorization: basic(mark, mark) });
    await post(path, new URLSearchParams({ token: mark, scope: mark }), asWebapp);
  }
  const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
  const grants = ['password', 'refresh_token', 'authorization_code', 'client_credentials', jwtBearer];
  for (const grant_type of [mark, ...grants]) {
    const { client_assertion: _, client_assertion_type: __, ...form } = marked;
    await post('token', new URLSearchParams({ ...form, grant_type }), asWebapp);
    await post('token', new URLSearchParams({ ...form, grant_type }), { ...asWebapp, dpop: mark });
    const twice = new URLSearchParams([...Object.entries({ ...form, grant_type }), ['grant_type', mark]]);
    await post('token', twice, asWebapp);
  }
}

function basic(id: string, secret: string): string {
  return `Basic ${btoa(`${id}:${secret}`)}`;
}
