/** The page that shows the OpenAPI documents of all services, with Swagger UI from its package. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import type Router from '@koa/router';
import { html } from '../../pages/html.ts';

/** A document to choose on the page. */
export interface DocumentLink {
  name: string;
  url: string;
}

const PACKAGE = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** The files of the package that the page needs, including the page that a sign-in redirects to. */
const FILES = [
  'swagger-ui.css',
  'index.css',
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
  'favicon-32x32.png',
  'oauth2-redirect.html',
  'oauth2-redirect.js',
];

/** The hash of the style element in the package's logo. */
const LOGO_STYLE = "'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='";

/**
 * Adds `GET /docs`. The page has no inline script, and may send requests only to the services that it shows and the issuer.
 *
 * @param issuer where the page gets tokens for users who sign in on it
 * @param resource the API that these tokens are for (RFC 8707)
 */
export function addDocs(
  router: Router,
  { documents, issuer, resource }: { documents: DocumentLink[]; issuer: string; resource: string },
): void {
  const policy = contentSecurityPolicy([issuer, ...documents.map(({ url }) => url)]);
  const headers = {
    'Content-Security-Policy': policy,
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
  };

  // With the slash, so that the relative names of the files resolve.
  router.get('/docs', function redirectToPage(ctx) {
    ctx.status = 308;
    ctx.set('Location', '/docs/');
  });
  router.get('/docs/', function showPage(ctx) {
    ctx.set(headers);
    ctx.type = 'html';
    ctx.body = pageOf(documents, resource);
  });
  for (const [name, path] of [
    ...FILES.map((file) => [file, join(PACKAGE, file)] as const),
    ['start.js', join(import.meta.dirname, 'swagger-ui', 'start.js')] as const,
  ]) {
    router.get(`/docs/${name}`, async function sendFile(ctx) {
      ctx.set({ ...headers, 'Cache-Control': 'no-cache' });
      ctx.type = extname(name);
      ctx.body = await readFile(path);
    });
  }
}

function contentSecurityPolicy(urls: string[]): string {
  const origins = new Set(urls.flatMap((url) => URL.parse(url)?.origin ?? []));
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' ${LOGO_STYLE}`,
    "img-src 'self' data:",
    `connect-src 'self' ${[...origins].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function pageOf(documents: DocumentLink[], resource: string): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>APIs</title>
<link rel="stylesheet" href="swagger-ui.css">
<link rel="stylesheet" href="index.css">
<link rel="icon" href="favicon-32x32.png">
<script src="swagger-ui-bundle.js" defer></script>
<script src="swagger-ui-standalone-preset.js" defer></script>
<script src="start.js" defer></script>
</head>
<body>
<div id="swagger-ui" data-documents="${JSON.stringify(documents)}" data-resource="${resource}"></div>
</body>
</html>
`.text;
}
