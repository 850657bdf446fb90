/** A thread that signs, and is handed what waits together: to hand over each signature by itself costs more than to make it. */
import type { KeyObject } from 'node:crypto';
import { Worker } from 'node:worker_threads';

/** Makes a signature, 64 bytes. Rejects when it cannot be made. */
export type Sign = (input: Uint8Array) => Promise<Uint8Array>;

/** What the thread is told: signatures to be made with one key. */
export interface SigningTask {
  id: number;
  /** A private key of an elliptic curve. */
  key: KeyObject;
  /** The hash to sign; null where the algorithm has its own. */
  digest: string | null;
  /** What to sign, one character a byte: texts go to another thread faster than bytes. */
  inputs: string[];
}

/** What became of the task with this id: signatures, one after the other in the order of the inputs, or an error. */
export type SigningAnswer = { id: number } & ({ signatures: Uint8Array } | { error: unknown });

/** Those who wait for the signatures of a task, in the order of its inputs. */
type Waiting = PromiseWithResolvers<Uint8Array>[];

/** How much is handed over at once, so that the first are answered while the next are being signed. */
const MOST_AT_ONCE = 4;

/** What the thread needs is little, and would grow for as long as nothing bounds it. In MiB. */
const MEMORY = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 };

/**
 * One for the process, as libuv's pool is: providers, and the keys in them, are made anew when keys rotate. Undefined
 * until somebody may sign, and after it ended, which nothing but a failure makes it do.
 */
let thread: SigningThread | undefined;

/**
 * How to sign with a key in the thread, which is started if there is none. What is asked for in one turn of the event
 * loop goes there a few at a time. A process that waits for nothing but a signature ends.
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
    const [task, those] = [{ key, digest, inputs }, waiting];
    // They may have gone already, for being enough.
    if (those.length === 0) return;
    inputs = [];
    waiting = [];
    try {
      thread ??= new SigningThread();
      thread.sign(task, those);
    } catch (cause) {
      refuse(those, cause);
    }
  }
}

class SigningThread {
  readonly #tasks = new Map<number, Waiting>();
  #lastId = 0;
  readonly #worker: Worker;

  constructor() {
    // None of the settings is for it to know.
    this.#worker = new Worker(new URL('./signing-worker.js', import.meta.url), {
      name: 'signing',
      env: {},
      execArgv: [],
      resourceLimits: MEMORY,
    });
    this.#worker.on('message', (answer: SigningAnswer) => this.#take(answer));
    this.#worker.on('error', (cause) => this.#end(cause));
    this.#worker.on('exit', () => this.#end(undefined));
    // The service ends without asking it.
    this.#worker.unref();
  }

  sign(task: Omit<SigningTask, 'id'>, waiting: Waiting): void {
    const id = ++this.#lastId;
    this.#worker.postMessage({ ...task, id } satisfies SigningTask);
    this.#tasks.set(id, waiting);
  }

  #take(answer: SigningAnswer): void {
    const waiting = this.#tasks.get(answer.id) ?? [];
    this.#tasks.delete(answer.id);
    if ('error' in answer) refuse(waiting, answer.error);
    else share(answer.signatures, waiting);
  }

  /** Whoever signs next starts another thread. */
  #end(cause: unknown): void {
    if (thread === this) thread = undefined;
    refuse([...this.#tasks.values()].flat(), cause);
    this.#tasks.clear();
  }
}

function share(signatures: Uint8Array, waiting: Waiting): void {
  const bytes = signatures.length / waiting.length;
  waiting.forEach(({ resolve }, index) => {
    resolve(signatures.subarray(bytes * index, bytes * (index + 1)));
  });
}

function refuse(waiting: Waiting, cause: unknown): void {
  for (const { reject } of waiting) reject(new Error('the signature could not be made', { cause }));
}
