/** Counts of objects by their members. */

/** An object and its count. */
export type Counted<T> = T & { readonly count: number };

/** Adds up counts of objects of one shape. */
export interface Counter<T> {
  readonly add: (thing: T, count: number) => void;
  /** The count of an object; 0 if it was never added. */
  readonly count: (thing: T) => number;
  /** All objects, the highest count first. */
  readonly list: () => readonly Counted<T>[];
}

/** Creates an empty counter. Two objects are the same if they have the same members in the same order. */
export function createCounter<T extends object>(): Counter<T> {
  const counts = new Map<string, Counted<T>>();
  const identify = (thing: object): string =>
    JSON.stringify(Object.entries(thing).filter(([name]) => name !== "count"));
  return {
    add: (thing, count) => {
      const name = identify(thing);
      counts.set(name, { ...thing, count: (counts.get(name)?.count ?? 0) + count });
    },
    count: (thing) => counts.get(identify(thing))?.count ?? 0,
    list: () => [...counts.values()].sort((a, b) => b.count - a.count),
  };
}
