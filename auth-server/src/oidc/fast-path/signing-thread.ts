/** A thread that signs. It gets its work in batches, because handing over one input costs more than signing it. */
import type { KeyObject } from 'node:crypto';
import { Worker } from 'node:worker_threads';

/** Makes a signature, 64 bytes. Rejects when it cannot be made. */
export type Sign = (input: Uint8Array) => Promise<Uint8Array>;

/** A task for the thread: signatures to make with one key. */
export interface SigningTask {
  id: number;
  /** A private key of an elliptic curve. */
  key: KeyObject;
  /** The hash to sign; null where the algorithm has its own. */
  digest: string | null;
  /** What to sign, with one character for each byte: texts get to another thread faster than bytes. */
  inputs: string[];
}

/** The result of the task with this id: the signatures, joined in the order of the inputs, or an error. */
export type SigningAnswer = { id: number } & ({ signatures: Uint8Array } | { error: unknown });

/** The promises of a task's signatures, in the order of its inputs. */
type Waiting = PromiseWithResolvers<Uint8Array>[];

/** How many inputs a task has at most, so that the first callers are answered while the next signatures are made. */
const MOST_AT_ONCE = 4;

/** The memory of the thread, in MiB. It needs little, but without a bound its heap would keep growing. */
const MEMORY = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 };

/**
 * The one thread of the process: it outlives providers and their keys, which are built again when keys rotate. Undefined
 * until there is a key to sign with, and after the thread has ended, which only a failure can cause.
 */
let thread: SigningThread | undefined;

/**
 * Returns how to sign with a key in the thread, which is started if there is none. Inputs of one turn of the event loop are
 * handed over a few at a time. A process that waits for nothing but a signature ends.
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
    const [task, callers] = [{ key, digest, inputs }, waiting];
    // A full batch has been handed over already.
    if (callers.length === 0) return;
    inputs = [];
    waiting = [];
    try {
      thread ??= new SigningThread();
      thread.sign(task, callers);
    } catch (cause) {
      refuse(callers, cause);
    }
  }
}

class SigningThread {
  readonly #tasks = new Map<number, Waiting>();
  #lastId = 0;
  readonly #worker: Worker;

  constructor() {
    // The thread must not know the settings, which contain secrets.
    this.#worker = new Worker(new URL('./signing-worker.js', import.meta.url), {
      name: 'signing',
      env: {},
      execArgv: [],
      resourceLimits: MEMORY,
    });
    this.#worker.on('message', (answer: SigningAnswer) => this.#take(answer));
    this.#worker.on('error', (cause) => this.#end(cause));
    this.#worker.on('exit', () => this.#end(undefined));
    // The thread does not keep the process running.
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

  /** Rejects what is under way. The next signature starts another thread. */
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
