/**
 * Keeps the memory of a service to about what it needs. Node would take as much again, and more on a large machine. What
 * has to be set before Node starts is in node.env, beside this.
 */
import { setFlagsFromString } from 'node:v8';

/** Lets the heap double before it is looked through, instead of growing to several times of what is in use. */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=100');
  keepNewObjectsYoung();
}

/**
 * Keeps V8 from making objects old from the start where the first of their kind lived long. Those of requests seem to
 * at first: until Node's stream constructor is optimized, a function that it makes is old, and holds its request. What
 * V8 learned by that it would not unlearn, and all that a request leaves would wait for a full collection.
 */
function keepNewObjectsYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
