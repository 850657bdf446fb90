/** Masks what may be a secret in a text that others will read. Rather too much than too little. */

const MASK = '***';

/** How much of a text is read, in characters, so that a huge one costs little. */
const MAX_READ = 20_000;

/** How much of a text is shown, in characters. */
const MAX_SHOWN = 1_000;

/** The text without what may be a secret, and cut to 1,000 characters. */
export function scrub(text: string): string {
  const scrubbed = RULES.reduce((masked, [secret, mask]) => masked.replace(secret, mask), beginning(text))
    // Anything long in the alphabet of URLs.
    .replace(/[\w~-]{20,}/g, (run) => (isName(run) ? run : MASK));
  return scrubbed.length > MAX_SHOWN ? `${scrubbed.slice(0, MAX_SHOWN)}…` : scrubbed;
}

/** Cut between words, since half a secret is not always seen to be one. */
function beginning(text: string): string {
  if (text.length <= MAX_READ) return text;
  return text.slice(0, Math.max(0, text.lastIndexOf(' ', MAX_READ)));
}

/** Names whose values are secrets or say who a user is; `token` stands for `refresh_token` and `accessToken` too. */
const SECRET =
  /(?:token|secret|password|passwd|pwd|passphrase|credentials?|assertion|verifier|(?:user|device)_?code|api[_-]?key|username|(?:login|token)_hint)/
    .source;

/** What stands between a name and its value, as in `a=1`, `a: 1`, `"a":1`, `\"a\":1`, `'a' => 1` and `a%3D1`. */
const IS = /\\*["']?\s*(?:=>?|:|%3[ad])\s*/.source;

/** A value in double quotes, in double quotes within a quoted text, or in single quotes; the end may be cut off. */
const QUOTED = /"(?:\\.|[^"\\])*"?|\\+"[^"]*"?|'(?:\\.|[^'\\])*'?/.source;

/** In this order: what one rule masks could keep another from seeing the whole. */
const RULES: [secret: RegExp, mask: string][] = [
  // Private keys in PEM.
  [/-----BEGIN [^-]*PRIVATE KEY-----[\s\S]*?(?:-----END [^-]*-----|$)/g, MASK],
  // What JSON.parse quotes of a text that is not JSON.
  [/(Unexpected token \S+ )[\s\S]*?(?= is not valid JSON)/g, `$1${MASK}`],
  // What Node quotes of an argument that it refuses.
  [/(Received (?:type string \()?)(?:'[^']*'?|"[^"]*"?)/g, `$1${MASK}`],
  // JWTs, whole or cut off.
  [/(?<![\w~-])eyJ[\w-]+(?:\.[\w-]*)*/g, MASK],
  // Headers, to the end of the line.
  [new RegExp(`((?:authorization|cookie)${IS})(?:${QUOTED}|[^\\r\\n]+)`, 'gi'), `$1${MASK}`],
  // Credentials after their scheme, unless it goes on as a sentence does, such as "Bearer token expected".
  [
    /\b([Bb]earer|Basic|DPoP)\s+(?!(?:tokens?|auth\w*|credentials?|scheme|realm|error|proofs?)\b)[\w~+/.=%-]+/g,
    `$1 ${MASK}`,
  ],
  // User and password in a URL; that of a database is often written without percent-encoding.
  [/(postgres(?:ql)?:\/\/)[^\s"']*@/g, `$1${MASK}@`],
  [/(:\/\/)[^\s/?#"']*@/g, `$1${MASK}@`],
  [new RegExp(`(${SECRET}${IS})(?:${QUOTED}|[^\\s&"'<>]+)`, 'gi'), `$1${MASK}`],
  // Authorization codes in a form or a query; a `code: ` is that of an error.
  [/((?:\b|%[\da-f]{2})code(?:=|%3d))[^\s&"'<>]+/gi, `$1${MASK}`],
  // The private members of a JWK (RFC 7518 §6), which may be short.
  [/("(?:d|p|q|dp|dq|qi|k)\\*"\s*:\s*)\\*"[^"]*"?/g, `$1${MASK}`],
  // Base64 with slashes or percent-encoding in it; other paths seldom have capitals, small letters and digits or `+`.
  [/(?<![\w~+/%-])(?=[\w~+/%-]*[A-Z])(?=[\w~+/%-]*[a-z])(?=[\w~+/%-]*[\d+])[\w~+/%-]{20,}=*/g, MASK],
];

/** Whether it is made of words, like `processTicksAndRejections`, `unsupported_grant_type` and `ERR_INVALID_URL`. */
function isName(run: string): boolean {
  return (
    /^[A-Za-z][a-z]+(?:[A-Z][a-z]{2,})+$/.test(run) ||
    /^[a-z]+(?:_[a-z]+)+$/.test(run) ||
    /^[A-Z]+\d?(?:_[A-Z]+\d?)+$/.test(run)
  );
}
