/** Compares two sides fairly on a noisy machine: in turns, in pairs, by the ratio within each pair. */

export interface Comparison {
  /** The median of each side's figures. */
  ours: number;
  theirs: number;
  /** The ratio ours / theirs: the median over the pairs, and the least and the most. */
  ratio: number;
  least: number;
  most: number;
}

/** Measures A B, B A, A B …: the sides take turns in going first, so that neither always runs on a warmer machine. */
export async function compare(
  pairs: number,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<Comparison> {
  const measured: { ours: number; theirs: number }[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    if (pair % 2 === 0) {
      const first = await ours();
      measured.push({ ours: first, theirs: await theirs() });
    } else {
      const first = await theirs();
      measured.push({ theirs: first, ours: await ours() });
    }
  }
  const ratios = measured.map((pair) => pair.ours / pair.theirs);
  return {
    ours: median(measured.map((pair) => pair.ours)),
    theirs: median(measured.map((pair) => pair.theirs)),
    ratio: median(ratios),
    least: Math.min(...ratios),
    most: Math.max(...ratios),
  };
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? Number(sorted[Math.floor(middle)])
    : (Number(sorted[middle - 1]) + Number(sorted[middle])) / 2;
}
