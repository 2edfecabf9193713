/** Bounds the calls that all invocations of an instance make at the same time. */

/** A fixed number of slots, one for each call under way. */
export interface CallSlots {
  /** Takes a slot, first come, first served. Gives `false` if no slot becomes free within `longestMs`. */
  readonly take: (longestMs: number) => Promise<boolean>;
  /** Gives a taken slot back. */
  readonly free: () => void;
}

/** Makes `count` free slots. */
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

/** Milliseconds for a timer of node: whole, and at most 31 bits, since node fires longer timers at once. */
export function boundTimer(ms: number): number {
  return Math.min(Math.max(0, Math.ceil(ms)), 2 ** 31 - 1);
}
