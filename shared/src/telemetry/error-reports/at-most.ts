/** A limit on how often something is done, which counts what it leaves out. */

/**
 * Admits so many in each period of so many milliseconds. The answer is undefined for one that is left out, and
 * otherwise how many were left out since the last one that was admitted.
 */
export function atMost(limit: number, periodMs: number): () => number | undefined {
  let periodEnds = 0;
  let admitted = 0;
  let leftOut = 0;
  return function admit() {
    const now = performance.now();
    if (now >= periodEnds) {
      periodEnds = now + periodMs;
      admitted = 0;
    }
    if (admitted === limit) {
      leftOut += 1;
      return undefined;
    }
    admitted += 1;
    const before = leftOut;
    leftOut = 0;
    return before;
  };
}
