/** Writes the report, for people and for machines. */
import { styleText } from 'node:util';
import type { Check, Result } from './findings.ts';

const words: Record<Result, string> = { ok: 'ok', warn: 'warn', fault: 'FAULT', skip: 'skip' };
const styles = { ok: 'green', warn: 'yellow', fault: ['bold', 'red'], skip: 'dim' } as const;
const totals: [Result, string][] = [
  ['fault', 'faults'],
  ['warn', 'warnings'],
  ['skip', 'not checked'],
  ['ok', 'ok'],
];

/** Whether no check found a fault. */
export function isHealthy(checks: Check[]): boolean {
  return checks.every(({ result }) => result !== 'fault');
}

/** The report as one JSON object. */
export function forMachines(checks: Check[]): string {
  return `${JSON.stringify({ ok: isHealthy(checks), checks }, undefined, 2)}\n`;
}

/** A line for each check, and below a warning or fault a line on how to mend it. Coloured at a terminal. */
export function forPeople(checks: Check[]): string {
  const groups = Map.groupBy(checks, ({ group }) => group);
  const counts = totals.map(
    ([result, what]) => `${what}: ${checks.filter((check) => check.result === result).length}`,
  );
  return [
    ...[...groups].map(([group, members]) => `${group}\n${members.map(line).join('')}\n`),
    `${counts.join(', ')}\n`,
  ].join('');
}

function line({ name, result, detail, mend, reference }: Check): string {
  const word = styleText([styles[result]].flat(), words[result].padEnd(5));
  const source = reference ? ` [${reference}]` : '';
  return `  ${word}  ${name}: ${detail}${source}\n${mend ? `         mend: ${mend}\n` : ''}`;
}
