/** `npm run doctor`: checks a deployment as its clients see it, and says what is wrong and how to mend it. */
import { commandLine } from 'shared/config/command-line.ts';
import { exitWithFaults } from 'shared/config/startup-fault.ts';
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

const { json } = commandLine('doctor', HELP, { json: { type: 'boolean' } }).values;
const checks = await examine(await settingsOrExit(), asker(AbortSignal.timeout(RUN_MS)));
process.stdout.write(json ? forMachines(checks) : forPeople(checks));
process.exitCode = isHealthy(checks) ? 0 : 1;

async function settingsOrExit() {
  try {
    return await doctorSettings(process.env);
  } catch (error) {
    return exitWithFaults('doctor', error, 2);
  }
}
