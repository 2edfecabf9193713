/** A bound on the calls that are under way at the same time, over all invocations of an instance. */

export interface CallSlots {
  /** Whether a slot came free in so many milliseconds: first come, first served. */
  readonly take: (longestMs: number) => Promise<boolean>;
  /** Gives one back that was taken. */
  readonly free: () => void;
}

export function createCallSlots(number: number): CallSlots {
  let left = number;
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

/** Timers take whole milliseconds of 31 bits, and fire at once for more. */
export function boundTimer(ms: number): number {
  return Math.min(Math.max(0, Math.ceil(ms)), 2 ** 31 - 1);
}
