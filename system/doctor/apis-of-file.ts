/** The APIs of APIS_FILE, as the auth server reads them. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseSettings } from 'shared/config/settings.ts';
import { StartupFault } from 'shared/config/startup-fault.ts';
import { z } from 'zod';
import { apisFile } from '../../auth-server/src/config/apis-file.ts';
import { type Finding, fault, skip } from './findings.ts';
import type { Settings } from './settings.ts';

/** One of them. */
export type ApiOfFile = z.output<typeof apisFile>[number];

const schema = z.object({ APIS_FILE: apisFile.optional() });

/** The APIs of the file, none when there is no such setting, or the finding that says why they are not known. */
export function apisOfFile({ APIS_FILE }: Settings): ApiOfFile[] | { none: Finding } {
  if (APIS_FILE === undefined) return [];
  // Of an auth server elsewhere, the file is there.
  if (!existsSync(resolve(process.env.INIT_CWD ?? '', APIS_FILE))) {
    return { none: skip('APIS_FILE', 'the file that it names is not here; run the doctor where it is') };
  }
  try {
    return parseSettings(schema, { APIS_FILE }).APIS_FILE ?? [];
  } catch (error) {
    if (!(error instanceof StartupFault)) throw error;
    const mend = 'mend the file: with it no auth server starts, and one that runs keeps the APIs that it has';
    return { none: fault('APIS_FILE', error.faults.join('; '), mend) };
  }
}
