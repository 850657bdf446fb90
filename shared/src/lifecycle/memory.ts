/**
 * Keeps the memory of a service close to what it needs; by default Node takes twice that, and more on a large machine.
 * Options that Node reads only at its start are in `node.env`, beside this file.
 */
import { setFlagsFromString } from 'node:v8';

/** Lets the heap double before a full collection, instead of growing to several times what is in use. */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=100');
  keepNewObjectsYoung();
}

/**
 * Keeps V8 from allocating objects in the old generation because the first ones of their kind lived long. Objects of
 * requests seem to: until V8 has optimized Node's stream constructor, a function that it makes is old and holds its
 * request. V8 would never unlearn that, and the garbage of every request would wait for a full collection.
 */
function keepNewObjectsYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
