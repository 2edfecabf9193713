/** Folds things that differ only in the numbers of their paths, such as the elements of a list. */

/**
 * Groups things by what `identify` gives for them with `[*]` for each number in their paths. A group of several has
 * that path; a group of one keeps its own.
 */
export function foldByPath<T extends { readonly path?: string }>(
  things: readonly T[],
  identify: (thing: T) => string,
): readonly (readonly [T, ...T[]])[] {
  const fold = (thing: T): T =>
    thing.path === undefined ? thing : { ...thing, path: thing.path.replace(/\[\d+\]/g, "[*]") };
  return [...Map.groupBy(things, (thing) => identify(fold(thing))).values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    return [others.length === 0 ? [first] : [fold(first), ...others]] satisfies [[T, ...T[]]];
  });
}
