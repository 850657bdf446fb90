/** Runs the doctor as a process of its own, and reads its report. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Check } from '../../doctor/findings.ts';
import type { System } from '../system.ts';

const MAIN = fileURLToPath(new URL('../../doctor/main.ts', import.meta.url));

export interface DoctorRun {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs the doctor; `environment` is its whole environment. */
export async function runDoctor(
  environment: Record<string, string>,
  ...parameters: string[]
): Promise<DoctorRun> {
  const { PATH = '' } = process.env;
  const doctor = spawn(process.execPath, [MAIN, ...parameters], {
    env: { PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(doctor.stdout),
    text(doctor.stderr),
    once(doctor, 'exit'),
  ]);
  return { exitCode: exitCode as number, stdout, stderr };
}

export interface Diagnosis extends DoctorRun {
  ok: boolean;
  checks: Check[];
  /** The check of this group and name; throws when there is none. */
  check(group: string, name: string): Check;
  /** The groups and names of the checks with this result. */
  named(result: Check['result']): string[];
}

/** Runs the doctor with `--json`, and parses its report. */
export async function diagnose(environment: Record<string, string>): Promise<Diagnosis> {
  const run = await runDoctor(environment, '--json');
  const report = JSON.parse(run.stdout) as { ok: boolean; checks: Check[] };
  return {
    ...run,
    ...report,
    check(group, name) {
      const found = report.checks.find((check) => check.group === group && check.name === name);
      if (found === undefined) throw new Error(`there is no check ${group}: ${name} in ${run.stdout}`);
      return found;
    },
    named: (result) =>
      report.checks.filter((check) => check.result === result).map(({ group, name }) => `${group}: ${name}`),
  };
}

/** The settings with which the doctor finds a system. */
export function portsOf({ urls }: System): Record<string, string> {
  return {
    AUTH_SERVER_PORT: new URL(urls.authServer).port,
    RESOURCE_SERVER_PORT: new URL(urls.resourceServer).port,
    WEBAPP_PORT: new URL(urls.webapp).port,
  };
}
