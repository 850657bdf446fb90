/** Checks that no variable of the environment is a misspelt setting. */
import type { Deployment } from '../deployment.ts';
import { type Finding, warn } from '../findings.ts';

export function checkSpelling({ settings }: Deployment): Finding[] {
  return settings.misspelt.map((text) => {
    const [name = '', detail = ''] = text.split(': ');
    return warn(name, detail, `give ${name} its right name, or take it away`);
  });
}
