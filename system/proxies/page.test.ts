/** What the documents show of the proxies is in the files that are tried here. */
import { expect, test } from 'vitest';
import { textOf } from '../e2e/documents/pages.ts';

test.each(['apis.json', 'nginx.conf', 'Caddyfile'])('the page shows %s as it is', (file) => {
  const shown = [...textOf('docs/protect-an-api.md').matchAll(/^```\w+\n(.*?)^```/gms)].map(
    ([, text]) => text,
  );
  expect(shown).toContain(textOf(`deploy/forward-auth/${file}`));
});

test.each(['clients.json', 'deploy/forward-auth/traefik.yaml', 'deploy/forward-auth/envoy.yaml'])(
  'the page names %s',
  (file) => expect(textOf('docs/protect-an-api.md')).toContain(`\`${file}\``),
);
