/** A rate limit that counts what it leaves out. */

/**
 * Admits `limit` calls in each period of `periodMs` milliseconds. Returns undefined for a call that is left out, and
 * otherwise how many were left out since the last admitted one.
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
