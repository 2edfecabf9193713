/** Suggests the known name that a mistyped one most likely means. */

/**
 * The known name nearest to a mistyped one; `undefined` if no name is near. Case and separators do not count, and a
 * name that contains the other is near too: `Post` gives POST, `ssn` gives us-ssn.
 */
export function findNearest(wrong: string, known: readonly string[]): string | undefined {
  if (wrong.length > longestName) return undefined;
  let nearest: string | undefined;
  let least = Infinity;
  for (const name of known) {
    // Of two equally near names, prefer the one that begins with the mistyped text.
    const distance = measureDistance(wrong, name) - (name.startsWith(wrong) ? 0.5 : 0);
    if (distance < least) [nearest, least] = [name, distance];
  }
  return nearest;
}

/** ` Did you mean "label"?`, or an empty string if no known name is near. */
export function suggest(wrong: unknown, known: readonly string[]): string {
  const nearest = typeof wrong === "string" ? findNearest(wrong, known) : undefined;
  return nearest === undefined ? "" : ` Did you mean ${JSON.stringify(nearest)}?`;
}

const longestName = 100;

/** Infinity if the names have little in common. */
function measureDistance(wrong: string, name: string): number {
  const [a, b] = [fold(wrong), fold(name)];
  if (a === "") return Infinity;
  const distance = countEdits(a, b);
  if (distance <= Math.max(1, Math.floor(Math.max(a.length, b.length) / 3))) return distance;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.length >= 3 && long.includes(short) ? distance + longestName : Infinity;
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[-_ .]/g, "");
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function countEdits(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(
        Math.min(
          replaced,
          (previous[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          swapped ? (before[column - 2] ?? 0) + 1 : Infinity,
        ),
      );
    }
    [before, previous] = [previous, current];
  }
  return previous[b.length] ?? 0;
}
