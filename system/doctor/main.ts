/** `npm run doctor`: checks a deployment as its clients see it, and says what is wrong and how to mend it. */
import { parseArgs } from 'node:util';
import { StartupFault } from 'shared/config/startup-fault.ts';
import { asker } from './ask.ts';
import { examine } from './examine.ts';
import { forMachines, forPeople, isHealthy } from './report.ts';
import { doctorSettings } from './settings.ts';

/** How long the whole run may take, in milliseconds. */
const RUN_MS = 30_000;

const HELP = `npm run doctor                  checks the deployment that the settings describe
npm run -s doctor -- --json     the same as one JSON object
docker compose exec webapp node system/doctor/main.ts [--json]

It reads the settings that the services read: environment variables, or lines in .env.
Exit code 0: no fault, 1: there are faults, 2: the arguments or the settings are wrong.
`;

try {
  const { json, help } = parseArgs({
    options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  }).values;
  if (help) process.stdout.write(HELP);
  else await run(json === true);
} catch (error) {
  process.stderr.write(
    complaints(error)
      .map((complaint) => `doctor: ${complaint}\n`)
      .join(''),
  );
  process.exitCode = 2;
}

async function run(json: boolean): Promise<void> {
  const settings = doctorSettings(process.env);
  const checks = await examine(settings, asker(AbortSignal.timeout(RUN_MS)));
  process.stdout.write(json ? forMachines(checks) : forPeople(checks));
  process.exitCode = isHealthy(checks) ? 0 : 1;
}

/** What is wrong with the arguments or the settings. Any other error is thrown again. */
function complaints(error: unknown): string[] {
  if (error instanceof StartupFault) return error.faults;
  if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
    return [`${error.message.split('.')[0]}; --help lists the arguments`];
  }
  throw error;
}
