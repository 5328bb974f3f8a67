/**
 * Finds the word that was probably meant: for unknown verbs, flags, slots and configuration keys.
 *
 * Pure.
 */

/** The number of single-letter edits (insert, delete, replace, swap of neighbours) from `left` to `right`. */
export function editDistance(left: string, right: string): number {
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0;
  for (let row = 1; row <= left.length; row++) {
    const line = [row];
    rows.push(line);
    for (let column = 1; column <= right.length; column++) {
      const replace = at(row - 1, column - 1) + (left[row - 1] === right[column - 1] ? 0 : 1);
      let best = Math.min(replace, at(row - 1, column) + 1, at(row, column - 1) + 1);
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped) best = Math.min(best, at(row - 2, column - 2) + 1);
      line.push(best);
    }
  }
  return at(left.length, right.length);
}

/** @returns the candidate nearest to `word`, or null when none is near enough to be meant. */
export function nearestWord(word: string, candidates: readonly string[]): string | null {
  const prefixed = candidates.filter((candidate) => word.length >= 2 && candidate.startsWith(word));
  if (prefixed.length === 1 && prefixed[0] !== undefined) return prefixed[0];
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate);
    if (distance < bestDistance && distance < candidate.length) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}
