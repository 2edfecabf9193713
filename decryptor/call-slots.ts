/** A bound on the calls that are under way at the same time, over all invocations of an instance. */

/** A fixed number of slots, one for each call that is under way. */
export interface CallSlots {
  /** Takes a slot, first come, first served. `false` where none came free within `longestMs`. */
  readonly take: (longestMs: number) => Promise<boolean>;
  /** Gives back a slot that was taken. */
  readonly free: () => void;
}

/** As many slots as `count`, all free. */
export function createCallSlots(count: number): CallSlots {
  let left = count;
  const waiting = new Set<(taken: boolean) => void>();
  return {
    take: (longestMs) => {
      if (left > 0) {
        left--;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const settle = (taken: boolean): void => {
          clearTimeout(timer);
          waiting.delete(settle);
          resolve(taken);
        };
        const timer = setTimeout(settle, boundTimer(longestMs), false);
        waiting.add(settle);
      });
    },
    free: () => {
      const [first] = waiting;
      if (first === undefined) left++;
      else first(true);
    },
  };
}

/** Milliseconds as node's timers take them: whole, and of 31 bits at most, since timers fire at once for more. */
export function boundTimer(ms: number): number {
  return Math.min(Math.max(0, Math.ceil(ms)), 2 ** 31 - 1);
}
