/**
 * Audit records of what happens many times a second, such as signing in with a password for each token. They are
 * recorded together, once a second, and what is the same becomes one record that says how many `times`.
 */
import type { AuditEntry, AuditLog } from '../core/audit/audit-log.ts';

/**
 * The most that waits and is not the same. Whoever signs in then waits until it is recorded; of failures, which anyone
 * can make up, what is over is only counted.
 */
const MOST = 200;

/** The most failures from one address; what is over is counted for the address, so that its noise hides nobody else's. */
const MOST_FAILURES_OF_ONE = 10;

export interface BatchedAudit {
  /**
   * Takes an event, to be recorded within a second.
   *
   * @throws {StoreUnavailable} when so much waits that no more can, and it cannot be recorded now
   */
  record(entry: AuditEntry): Promise<void>;
  /** Records all that waits. */
  flush(): Promise<void>;
}

export interface BatchedAuditOptions {
  everyMs?: number;
  /** Told when recording begins to fail; what waits is kept, and tried again. */
  failed: (failure: unknown) => void;
}

interface Waiting {
  entry: AuditEntry;
  times: number;
  /** When the first of them happened, in milliseconds of a clock that only goes on. */
  since: number;
}

/** Records every so often, and for the last time when `stopping` is aborted; what comes later is recorded at once. */
export function batchedAudit(
  audit: Pick<AuditLog, 'record'>,
  stopping: AbortSignal,
  { everyMs = 1_000, failed }: BatchedAuditOptions,
): BatchedAudit {
  const waiting = new Map<string, Waiting>();
  /** How many failures wait, by the address that they came from. */
  const failures = new Map<string | undefined, number>();
  let underWay: Promise<void> | undefined;
  let failing = false;
  const timer = setInterval(flushOrTell, everyMs).unref();
  stopping.addEventListener('abort', () => {
    clearInterval(timer);
    void flushOrTell();
  });

  return {
    async record(entry) {
      if (entry.action === 'sign_in_failed') addFailure(entry);
      else if (!add(entry)) {
        await flush();
        add(entry, Number.POSITIVE_INFINITY);
      }
      if (stopping.aborted) await flush();
    },
    flush,
  };

  function addFailure(entry: AuditEntry): void {
    const { action, address } = entry;
    const fromThere = failures.get(address) ?? 0;
    const isKnown = waiting.has(keyOf(entry));
    const told = isKnown || fromThere < MOST_FAILURES_OF_ONE ? entry : { ...uncounted(action), address };
    if (add(told)) failures.set(address, fromThere + (isKnown ? 0 : 1));
    else add(uncounted(action), Number.POSITIVE_INFINITY);
  }

  /** Whether there was room. */
  function add(entry: AuditEntry, most = MOST): boolean {
    const key = keyOf(entry);
    const same = waiting.get(key);
    if (same !== undefined) same.times += 1;
    else if (waiting.size >= most) return false;
    else waiting.set(key, { entry, times: 1, since: performance.now() });
    return true;
  }

  /** Whoever comes while it is under way has to see it through once more: it may have begun without theirs. */
  async function flush(): Promise<void> {
    await underWay?.catch(() => {});
    underWay ??= recordAll().finally(() => {
      underWay = undefined;
    });
    return underWay;
  }

  async function recordAll(): Promise<void> {
    const batch = [...waiting.values()];
    waiting.clear();
    failures.clear();
    if (batch.length === 0) return;
    try {
      await audit.record(...batch.map(entryOf));
    } catch (failure) {
      for (const { entry, times, since } of batch) putBack(entry, times, since);
      throw failure;
    }
  }

  function putBack(entry: AuditEntry, times: number, since: number): void {
    const key = keyOf(entry);
    const later = waiting.get(key)?.times ?? 0;
    waiting.set(key, { entry, times: times + later, since });
  }

  async function flushOrTell(): Promise<void> {
    try {
      await flush();
      failing = false;
    } catch (failure) {
      if (!failing) failed(failure);
      failing = true;
    }
  }
}

/** What makes two the same: all but the request, of which the first is told. */
function keyOf({ requestId: _requestId, ageMs: _ageMs, ...entry }: AuditEntry): string {
  return JSON.stringify(entry);
}

/** One that stands for many, of nobody in particular. */
function uncounted(action: AuditEntry['action']): AuditEntry {
  return { action, actor: undefined, subject: undefined, details: { others: true } };
}

function entryOf({ entry, times, since }: Waiting): AuditEntry {
  return {
    ...entry,
    ageMs: performance.now() - since,
    ...(times > 1 && { details: { ...entry.details, times } }),
  };
}
