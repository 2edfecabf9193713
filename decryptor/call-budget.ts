/** A budget of calls a second: the account's quota for RSA is one for everybody (KMS Developer Guide, "Request quotas"). */

export interface Pace {
  /** How many milliseconds the next call has to wait; `undefined`, and nothing is used up, where it is more than so many. */
  readonly reserve: (longestMs: number) => number | undefined;
  /** How many it would have to wait, without reserving anything. */
  readonly waitMs: () => number;
  /** After KMS throttled a call: others use up the quota too. */
  readonly slowDown: () => void;
  readonly speedUp: () => void;
}

/** Below that, each call's own pauses do the rest. */
const lowestShare = 0.1;
const secondMs = 1_000;
/** Throttling that several calls meet at once slows down once. */
const slowdownMs = 100;

/**
 * A pace of calls: no second, wherever it begins, has more of them. It halves when KMS throttles, down to a tenth, and recovers
 * by a hundredth of its highest with each call that succeeds.
 */
export function createPace(callsPerSecond: number, now: () => number): Pace {
  const lowest = Math.max(1, callsPerSecond * lowestShare);
  let rate = callsPerSecond;
  let slowed = Number.NEGATIVE_INFINITY;
  /** When the latest calls were to begin, in ascending order. */
  let begins: number[] = [];
  const nextBegin = (at: number): number => {
    const before = begins.at(-Math.floor(rate));
    return Math.max(at, before === undefined ? at : before + secondMs, begins.at(-1) ?? at);
  };
  return {
    waitMs: () => {
      const at = now();
      return nextBegin(at) - at;
    },
    reserve: (longestMs) => {
      const at = now();
      const begin = nextBegin(at);
      if (begin - at > longestMs) return undefined;
      begins.push(begin);
      if (begins.length > 2 * callsPerSecond) begins = begins.slice(-callsPerSecond);
      return begin - at;
    },
    slowDown: () => {
      const at = now();
      if (at - slowed < slowdownMs) return;
      slowed = at;
      rate = Math.max(lowest, rate / 2);
    },
    speedUp: () => {
      rate = Math.min(callsPerSecond, rate + callsPerSecond / 100);
    },
  };
}
