/** A budget of calls a second: the account's quota for RSA is one for everybody (KMS Developer Guide, "Request quotas"). */

export interface Pace {
  /** How many milliseconds the next call has to wait. */
  readonly wait: () => number;
  /** After KMS throttled a call: others use up the quota too. */
  readonly slowDown: () => void;
  readonly speedUp: () => void;
}

const slowest = 5;
/** Throttling that several calls meet at once slows down once. */
const slowdownMs = 100;

/**
 * A pace of calls. After a pause of a second, as many calls as a second may have come at once. It halves when KMS throttles, and
 * recovers by a hundredth of its highest with each call that succeeds.
 */
export function createPace(callsPerSecond: number, now: () => number): Pace {
  const lowest = Math.min(slowest, callsPerSecond);
  let rate = callsPerSecond;
  let credit = callsPerSecond;
  let last = now();
  let slowed = Number.NEGATIVE_INFINITY;
  return {
    wait: () => {
      const at = now();
      credit = Math.min(rate, credit + ((at - last) / 1_000) * rate) - 1;
      last = at;
      return credit >= 0 ? 0 : Math.ceil((-credit / rate) * 1_000);
    },
    slowDown: () => {
      const at = now();
      if (at - slowed < slowdownMs) return;
      slowed = at;
      rate = Math.max(lowest, rate / 2);
      credit = Math.min(credit, 0);
    },
    speedUp: () => {
      rate = Math.min(callsPerSecond, rate + callsPerSecond / 100);
    },
  };
}
