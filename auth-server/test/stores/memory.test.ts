/** The stores in memory do what every store does. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { ARTIFACT_MODELS } from '../../src/oidc/artifact-models.ts';
import { memoryApis } from '../../src/stores/memory/apis.ts';
import { memoryArtifacts } from '../../src/stores/memory/artifacts.ts';
import { memoryAudit } from '../../src/stores/memory/audit.ts';
import { memoryClientRegistry } from '../../src/stores/memory/clients.ts';
import { memoryRevocations } from '../../src/stores/memory/revocations.ts';
import { describeApiRegistry } from './contracts/api-registry.ts';
import { describeArtifactStore } from './contracts/artifact-store.ts';
import { describeAuditLog } from './contracts/audit-log.ts';
import { describeClientRegistry } from './contracts/client-registry.ts';
import { describeGrantList } from './contracts/grant-list.ts';
import { describeRevocationList } from './contracts/revocation-list.ts';

/** Stops the clock until the test is finished; it moves only when the test says so. */
function stopClock() {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  return { pass: async (seconds: number) => void vi.advanceTimersByTime(seconds * 1_000) };
}

describeArtifactStore('in memory', async (models = ARTIFACT_MODELS) => ({
  ...stopClock(),
  store: memoryArtifacts(models, new AbortController().signal),
}));

describeRevocationList('in memory', async () => ({
  ...stopClock(),
  list: memoryRevocations(),
}));

describeGrantList('in memory', async () => ({
  ...stopClock(),
  store: memoryArtifacts(ARTIFACT_MODELS, new AbortController().signal),
}));

describeClientRegistry('in memory', async () => ({ registry: memoryClientRegistry() }));

describeApiRegistry('in memory', async () => ({ apis: memoryApis() }));

describeAuditLog('in memory', async () => ({ audit: memoryAudit() }));

test('an audit log in memory keeps the newest records, and no more than its limit', async () => {
  const audit = memoryAudit(3);
  for (const subject of ['1', '2', '3', '4', '5']) {
    await audit.record({ action: 'client_changed', actor: undefined, subject });
  }
  const kept = await audit.list(undefined, 10);
  expect(kept.map(({ id, subject }) => [id, subject])).toEqual([
    ['5', '5'],
    ['4', '4'],
    ['3', '3'],
  ]);
});
