/** Names that are probably misspelt: no name that is known, and almost one. */

/** What a wrong character counts. One that is missing, too many or exchanged with its neighbour counts 1. */
const WRONG = 1.5;

/** The known name that was meant by another one, if any. Capitals make no difference. */
export function nearMiss(name: string, known: readonly string[]): string | undefined {
  if (known.includes(name)) return undefined;
  return known
    .map((meant) => ({ meant, mistakes: distance(name.toLowerCase(), meant.toLowerCase()) }))
    .filter(({ meant, mistakes }) => mistakes <= tolerated(meant))
    .sort((a, b) => a.mistakes - b.mistakes)[0]?.meant;
}

/** Two wrong characters are too many for any name: they make another word of a short one, such as a port of a host. */
function tolerated({ length }: string): number {
  if (length > 8) return WRONG + 1;
  return length > 4 ? WRONG : 1;
}

/** The weighted Damerau-Levenshtein distance of two names, in the variant of optimal string alignment. */
function distance(name: string, meant: string): number {
  if (Math.abs(name.length - meant.length) > WRONG + 1) return Number.POSITIVE_INFINITY;
  // A row for each beginning of the name, with its distances to all beginnings of the other one.
  const rows = [Array.from({ length: meant.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= name.length; row += 1) {
    const distances = [row];
    const [before, twoBefore] = [rows[row - 1] ?? [], rows[row - 2] ?? []];
    for (let column = 1; column <= meant.length; column += 1) {
      const isSame = name[row - 1] === meant[column - 1];
      const isExchanged = name[row - 1] === meant[column - 2] && name[row - 2] === meant[column - 1];
      distances.push(
        Math.min(
          Number(before[column]) + 1,
          Number(distances[column - 1]) + 1,
          Number(before[column - 1]) + (isSame ? 0 : WRONG),
          isExchanged ? Number(twoBefore[column - 2]) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    rows.push(distances);
  }
  return Number(rows.at(-1)?.at(-1));
}
