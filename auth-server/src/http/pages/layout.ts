/** The layout of every page: one column, one style sheet, no script. */
import { createHash } from 'node:crypto';
import { Html, html } from './html.ts';

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --quiet: #57606a; --paper: #f6f8fa; --card: #fff; --line: #8c959f;
  --accent: #0a58ca; --on-accent: #fff; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --quiet: #a7b1bb; --paper: #0d1117; --card: #161b22;
  --line: #6e7681; --accent: #6cb0ff; --on-accent: #0b1a2b; --bad: #ff9b94; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
  background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 26rem; padding: 1.75rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .75rem; overflow-wrap: anywhere; }
h1 { margin: 0 0 1rem; font-size: 1.4rem; line-height: 1.25; }
h2 { margin: 0 0 .25rem; font-size: 1rem; line-height: 1.4; }
p, ul { margin: 0 0 1rem; }
ul { padding-left: 1.7rem; }
main > :last-child { margin-bottom: 0; }
.before { margin: 0 0 1rem; padding: .75rem 1rem; background: var(--paper); border-radius: .5rem; }
.before h2, .before h3 { margin: 0; font-size: .9rem; }
.before h3 { margin-top: .35rem; font-weight: 400; }
.before ul { margin: 0; padding-left: 1.25rem; }
.quiet { color: var(--quiet); font-size: .9rem; }
.bad { color: var(--bad); font-weight: 600; }
.code { font: 700 1.6rem/1.4 ui-monospace, monospace; letter-spacing: .12em; }
label { display: block; margin-bottom: .25rem; font-weight: 600; }
input { width: 100%; margin-bottom: 1rem; padding: .65rem .75rem; font: inherit; color: inherit;
  background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
li:has(> .choice) { list-style: none; margin-left: -1.7rem; }
.choice { display: flex; gap: .6rem; align-items: baseline; margin: 0; padding: .15rem 0; font-weight: inherit; cursor: pointer; }
.choice input { flex: none; width: 1.1rem; height: 1.1rem; margin: 0; padding: 0; accent-color: var(--accent); translate: 0 .15rem; }
@media (pointer: coarse) { .choice { padding: .65rem 0; } }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.25rem; }
button, .actions a { flex: 1 1 auto; min-width: 7rem; min-height: 2.75rem; padding: .5rem 1rem; font: inherit; font-weight: 600;
  cursor: pointer; text-align: center; text-decoration: none; border: 1px solid var(--accent); border-radius: .5rem;
  background: var(--accent); color: var(--on-accent); }
button.second { background: transparent; color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;

/** The hash source (CSP Level 3) that allows this style sheet and no other. */
export const STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

/** A whole HTML document. The title is also its heading. */
export function page(title: string, content: Html): string {
  const { text } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`;
  return text;
}
