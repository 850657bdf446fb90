/** Prints the table of all runs after the last test, whether or not tests failed. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { Row } from './rows.ts';

/** vitest's global setup; what it returns is called at the end. */
export default function collectRows(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'fault-table-'));
  const file = join(folder, 'rows');
  writeFileSync(file, '');
  project.provide('rows', file);
  return () => {
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    process.stdout.write(`\n${tableOf(lines.map((line) => JSON.parse(line) as Row))}\n`);
    rmSync(folder, { recursive: true });
  };
}

const columns: [title: string, cell: (row: Row) => string | number][] = [
  ['run', ({ name }) => name],
  ['calls', ({ calls }) => calls],
  ['served', ({ served }) => served],
  ['denied', ({ denied }) => denied],
  ['unavailable', ({ unavailable }) => unavailable],
  ['unreachable', ({ unreachable }) => unreachable],
  ['wrong', ({ wrong }) => wrong],
  ['hung', ({ hung }) => hung],
  ['slowest ms', ({ slowestMs }) => Math.round(slowestMs)],
  [
    'recovered ms',
    ({ recoveredMs = '-' }) => (typeof recoveredMs === 'number' ? Math.round(recoveredMs) : recoveredMs),
  ],
  ['', ({ note }) => note ?? ''],
];

/** Plain text: names and notes to the left, numbers to the right. */
function tableOf(rows: Row[]): string {
  const cells = [
    columns.map(([title]) => title),
    ...rows.map((row) => columns.map(([, cell]) => String(cell(row)))),
  ];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => (line[index] ?? '').length)));
  const isText = (index: number) => index === 0 || index === columns.length - 1;
  return cells
    .map((line) =>
      line
        .map((cell, index) =>
          isText(index) ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
