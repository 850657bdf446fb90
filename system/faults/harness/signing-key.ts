/** Makes a signing key in a file, so that tokens stay valid when the process that issued them restarts, as in production. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';

/** Writes a JSON Web Key Set with a new ES256 key. */
export function writeSigningKey(file: string): void {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = {
    ...privateKey.export({ format: 'jwk' }),
    alg: 'ES256',
    use: 'sig',
    kid: 'of-the-fault-suite',
  };
  writeFileSync(file, JSON.stringify({ keys: [key] }), { mode: 0o600 });
}
