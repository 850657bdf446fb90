/** A thread that signs, and is handed what waits together: to hand over each signature by itself costs more than to make it. */
import type { KeyObject } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { SIGNATURE_BYTES, type SigningTask } from './signing-task.ts';

/** Makes a signature, 64 bytes. Rejects when it cannot be made. */
export type Sign = (input: Uint8Array) => Promise<Uint8Array>;

/** Those who wait for the signatures of a task, in its order. */
type Waiting = PromiseWithResolvers<Uint8Array>[];

/** How much is handed over at once, so that the first are answered while the next are being signed. */
const MOST_AT_ONCE = 4;

/** What the thread needs is little, and would grow for as long as nothing bounds it. In MiB. */
const MEMORY = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 };

/** The one thread of the process; undefined until somebody may sign, and after it failed. */
let thread: SigningThread | undefined;

/**
 * How to sign with a key in the thread, which is started if there is none. What is asked for in one turn of the event
 * loop goes there a few at a time.
 *
 * @param key a private key of P-256 or Ed25519
 * @param digest the hash to sign; null for Ed25519, which has its own
 */
export function signInThread(key: KeyObject, digest: string | null): Sign {
  thread ??= new SigningThread();
  let inputs: string[] = [];
  let waiting: Waiting = [];

  return function signLater(input) {
    const signature = Promise.withResolvers<Uint8Array>();
    inputs.push(Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString('latin1'));
    waiting.push(signature);
    if (inputs.length === 1) setImmediate(handOver);
    if (inputs.length === MOST_AT_ONCE) handOver();
    return signature.promise;
  };

  function handOver(): void {
    if (inputs.length === 0) return;
    thread ??= new SigningThread();
    thread.sign({ key, digest, inputs }, waiting);
    inputs = [];
    waiting = [];
  }
}

class SigningThread {
  readonly #tasks: Waiting[] = [];
  readonly #worker: Worker;

  constructor() {
    // None of the settings is for it to know.
    this.#worker = new Worker(new URL('./signing-worker.ts', import.meta.url), {
      name: 'signing',
      env: {},
      execArgv: [],
      resourceLimits: MEMORY,
    });
    this.#worker.on('message', (signatures: Uint8Array) => this.#answer(signatures));
    this.#worker.on('error', (cause) => this.#fail(cause));
    this.#worker.on('exit', () => this.#fail(undefined));
    // The service ends without asking it.
    this.#worker.unref();
  }

  sign(task: SigningTask, waiting: Waiting): void {
    this.#tasks.push(waiting);
    this.#worker.postMessage(task);
  }

  #answer(signatures: Uint8Array): void {
    this.#tasks.shift()?.forEach(({ resolve }, index) => {
      resolve(signatures.subarray(SIGNATURE_BYTES * index, SIGNATURE_BYTES * (index + 1)));
    });
  }

  /** Whoever signs next starts another thread. */
  #fail(cause: unknown): void {
    if (thread === this) thread = undefined;
    for (const { reject } of this.#tasks.splice(0).flat()) {
      reject(new Error('the thread that signs ended', { cause }));
    }
  }
}
