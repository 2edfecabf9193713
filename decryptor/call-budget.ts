/**
 * A budget of calls a second: the account's quota for RSA is one for everybody (KMS Developer Guide, "Request quotas").
 */

/** A call's place in the pace. */
export interface Turn {
  /** How many milliseconds it has to wait, as far as is known. */
  readonly waitMs: number;
  /** Begins the call, and gives 0; or gives how many milliseconds it has to wait still. */
  readonly begin: () => number;
  /** After its answer, or where it is not made after all. */
  readonly end: () => void;
}

export interface Pace {
  /** `undefined`, and nothing is used up, where the next call has to wait for more than so many milliseconds. */
  readonly reserve: (longestMs: number) => Turn | undefined;
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

/** A call that got no answer in so long has arrived all the same: a KMS that is slow is not to be asked less. */
const longestWayMs = 500;

/** A call that counts, until a second after it arrived, or is taken to arrive. */
interface Counted {
  begun: boolean;
  until: number;
}

/**
 * A pace of calls: no second, wherever it begins, has more of them, also where they arrive. When a call arrives is not
 * known, but its answer comes later; so it counts from its beginning to a second after its answer. The pace halves when
 * KMS throttles, down to a tenth, and recovers by a hundredth of its highest with each call that succeeds.
 */
export function createPace(callsPerSecond: number, now: () => number): Pace {
  const lowest = Math.max(1, callsPerSecond * lowestShare);
  let rate = callsPerSecond;
  let slowed = Number.NEGATIVE_INFINITY;
  let counted: Counted[] = [];
  /** When one more call may begin beside others. */
  const nextBegin = (at: number, others: readonly Counted[]): number => {
    const most = Math.floor(rate);
    if (others.length < most) return at;
    // One whose turn has come begins at any moment.
    const untils = Float64Array.from(others, ({ begun, until }) =>
      begun ? until : Math.max(until, at + secondMs),
    ).sort();
    return Math.max(at, untils[others.length - most] ?? at);
  };
  /** Those that may count, looked through where they are too many. */
  const count = (at: number): readonly Counted[] => {
    if (counted.length >= Math.floor(rate)) counted = counted.filter(({ begun, until }) => !begun || until > at);
    return counted;
  };
  return {
    waitMs: () => {
      const at = now();
      return nextBegin(at, count(at)) - at;
    },
    reserve: (longestMs) => {
      const at = now();
      const begin = nextBegin(at, count(at));
      if (begin - at > longestMs) return undefined;
      const own: Counted = { begun: false, until: begin + secondMs };
      counted.push(own);
      return {
        waitMs: begin - at,
        begin: () => {
          const from = now();
          const all = count(from);
          const next =
            all.length <= Math.floor(rate)
              ? from
              : nextBegin(
                  from,
                  all.filter(({ begun }) => begun),
                );
          own.begun = next === from;
          own.until = next + secondMs + (own.begun ? longestWayMs : 0);
          return next - from;
        },
        end: () => {
          if (own.begun) own.until = Math.min(own.until, now() + secondMs);
          else counted = counted.filter((each) => each !== own);
        },
      };
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
