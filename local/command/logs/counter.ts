/** Counts of things, each known by its members. */

/** A thing and how often it was counted. */
export type Counted<T> = T & { readonly count: number };

/** Adds up counts of things of one kind. */
export interface Counter<T> {
  readonly add: (thing: T, count: number) => void;
  /** How often a thing was counted, 0 where it never was. */
  readonly count: (thing: T) => number;
  /** All things, the highest count first. */
  readonly list: () => readonly Counted<T>[];
}

/** A counter of nothing yet. Two things are the same where their members, and the order of these, are the same. */
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
