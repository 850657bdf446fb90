/** Checks that the clocks of the services agree, by the `Date` of their answers (RFC 9110 §6.6.1). */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ask } from '../ask.ts';
import { type Deployment, isSilent } from '../deployment.ts';
import { type Finding, fault, ok, skip, warn } from '../findings.ts';

/** The difference that is worth a warning, and the one that breaks things, in milliseconds. */
const WARN_MS = 1_500;
const FAULT_MS = 3_000;

/** A `Date` has whole seconds only. Several samples at different parts of a second are more precise. */
const SAMPLES = 3;
const SPACING_MS = 300;

/** A clock as this machine's clock sees it. */
interface Reading {
  /** How far it is ahead, in milliseconds. */
  ahead: number;
  /** How far the true value may be from that, in milliseconds. */
  within: number;
}

const THIS_MACHINE = { name: 'this machine', reading: { ahead: 0, within: 0 } };

export async function checkClocks(deployment: Deployment): Promise<Finding[]> {
  const clocks = await Promise.all(
    deployment.services.map(async ({ name, url }) => {
      if (isSilent(deployment, name)) return { name, reading: undefined };
      return { name, reading: await read(deployment.ask, `${url}/health/live`) };
    }),
  );
  // The auth server's clock decides how long tokens live.
  const standard = clocks.find(({ name, reading }) => name === 'auth-server' && reading) ?? THIS_MACHINE;
  return [...clocks, THIS_MACHINE]
    .filter((clock) => clock !== standard)
    .map(({ name, reading }) => compared(name, reading, standard.name, standard.reading));
}

function compared(
  name: string,
  reading: Reading | undefined,
  standardName: string,
  standard: Reading = THIS_MACHINE.reading,
): Finding {
  if (reading === undefined) return skip(name, 'it does not answer with a Date');
  const ahead = reading.ahead - standard.ahead;
  const seconds = (ms: number) => (Math.abs(ms) / 1_000).toFixed(1);
  const precision = seconds(Math.max(reading.within + standard.within, 100));
  const detail = `${seconds(ahead)} s ${ahead < 0 ? 'behind' : 'ahead of'} the clock of ${standardName} (± ${precision} s)`;
  if (Math.abs(ahead) <= WARN_MS) return ok(name, detail);
  return (Math.abs(ahead) >= FAULT_MS ? fault : warn)(
    name,
    `${detail}; such a difference breaks tokens that live 5 seconds`,
    'have the machines of both keep time by NTP (chrony or systemd-timesyncd)',
  );
}

/**
 * A `Date` says that the clock was within that second at some time between request and answer, which bounds the
 * difference from both sides. The closest bounds of all samples count.
 */
async function read(ask: Ask, url: string): Promise<Reading | undefined> {
  let least = Number.NEGATIVE_INFINITY;
  let most = Number.POSITIVE_INFINITY;
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    if (sample > 0) await sleep(SPACING_MS);
    const reply = await ask(url);
    if ('unreachable' in reply) return undefined;
    const date = Date.parse(reply.headers.get('date') ?? '');
    if (Number.isNaN(date)) return undefined;
    least = Math.max(least, date - reply.answeredAt);
    most = Math.min(most, date + 1_000 - reply.askedAt);
  }
  return { ahead: (least + most) / 2, within: Math.abs(most - least) / 2 };
}
