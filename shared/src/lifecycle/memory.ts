/** Keeps the memory of a service to about what it needs. Node would take as much again, and more on a large machine. */
import { setFlagsFromString } from 'node:v8';

/**
 * `NODE_OPTIONS` of a service: the most that V8 lets new objects fill before it looks for those in use, in MiB, of which
 * it takes three times as much; by default 16 on a machine with 2 GiB or more. It has to be set when Node starts: by
 * `npm start` here, by the image in its Dockerfile, and by the npm script of each service.
 */
export const NODE_OPTIONS = '--max-semi-space-size=4';

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
