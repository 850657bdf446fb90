/**
 * Batches audit records of what happens many times a second, such as signing in with a password for each token. They are
 * recorded together, once a second, and entries that are the same become one record that says how many `times`.
 */
import type { AuditEntry, AuditLog } from '../core/audit/audit-log.ts';

/**
 * How many different entries may wait. Beyond that a user who signs in waits until the entries are recorded, whereas
 * failures, which anyone can cause, are only counted.
 */
const MAX_WAITING = 200;

/** How many failures of one address may wait. More are only counted, so that their noise hides nobody else's failures. */
const MAX_FAILURES_PER_ADDRESS = 10;

/** Takes entries now, and records them soon. */
export interface BatchedAudit {
  /**
   * Takes an entry, to be recorded within a second.
   *
   * @throws {StoreUnavailable} when no more entries can wait, and they cannot be recorded now
   */
  record(entry: AuditEntry): Promise<void>;
  /** Records all entries that wait. */
  flush(): Promise<void>;
}

/** When entries are recorded, and what happens when that fails. */
export interface BatchedAuditOptions {
  /** How often waiting entries are recorded, in milliseconds. */
  everyMs?: number;
  /** Called when recording begins to fail. The entries are kept, and recorded later. */
  failed: (failure: unknown) => void;
}

interface Waiting {
  entry: AuditEntry;
  times: number;
  /** When the first of them happened, in milliseconds of a monotonic clock. */
  since: number;
}

/** Records entries at an interval, and once more when `stopping` is aborted. Later entries are recorded at once. */
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
    const shown = isKnown || fromThere < MAX_FAILURES_PER_ADDRESS ? entry : { ...uncounted(action), address };
    if (add(shown)) failures.set(address, fromThere + (isKnown ? 0 : 1));
    else add(uncounted(action), Number.POSITIVE_INFINITY);
  }

  /** Adds an entry to those that wait; false when there is no room. */
  function add(entry: AuditEntry, most = MAX_WAITING): boolean {
    const key = keyOf(entry);
    const same = waiting.get(key);
    if (same !== undefined) same.times += 1;
    else if (waiting.size >= most) return false;
    else waiting.set(key, { entry, times: 1, since: performance.now() });
    return true;
  }

  /** A caller who comes during a flush waits for another one, because the first may have begun without the caller's entry. */
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

/** Entries are the same if all but their request is. The record names the first request. */
function keyOf({ requestId: _requestId, ageMs: _ageMs, ...entry }: AuditEntry): string {
  return JSON.stringify(entry);
}

/** An entry that stands for many others, and names nobody. */
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
