/**
 * A budget of calls a second: everything in an account shares one quota for RSA (KMS Developer Guide, "Request
 * quotas").
 */

/** One reserved call. */
export interface Turn {
  /** How many milliseconds the call has to wait, as far as is known. */
  readonly waitMs: number;
  /** Begins the call and gives 0, or gives how many milliseconds the call still has to wait. */
  readonly begin: () => number;
  /** To be called after the answer, or when the call is not made after all. */
  readonly end: () => void;
}

/** Spaces calls so that no second has too many. */
export interface Pace {
  /** Reserves the next call. `undefined`, and nothing is used up, if it has to wait for more than `longestMs`. */
  readonly reserve: (longestMs: number) => Turn | undefined;
  /** How many milliseconds the next call would have to wait. It reserves nothing. */
  readonly waitMs: () => number;
  /** To be called when KMS throttles: others use up the quota too. */
  readonly slowDown: () => void;
  /** To be called when a call succeeds. */
  readonly speedUp: () => void;
}

/** The pace goes no lower than this share of its highest. The pauses between tries do the rest. */
const lowestShare = 0.1;
const secondMs = 1_000;
/** Within this time, the pace slows down once, however many calls KMS throttles. */
const slowdownMs = 100;

/**
 * After this time a call without an answer counts as arrived, so that a slow KMS does not lower the pace.
 */
const longestWayMs = 500;

/** A call that counts until a second after it arrived, or after it counts as arrived. */
interface Counted {
  begun: boolean;
  until: number;
}

/**
 * A pace of `callsPerSecond`: no second, wherever it begins, has more calls, neither here nor where they arrive. When a
 * call arrives is not known, but its answer comes later, so a call counts from its beginning to a second after its
 * answer. The pace halves when KMS throttles, down to a tenth, and recovers by a hundredth of its highest with each
 * call that succeeds. `now` gives milliseconds.
 */
export function createPace(callsPerSecond: number, now: () => number): Pace {
  const lowest = Math.max(1, callsPerSecond * lowestShare);
  let rate = callsPerSecond;
  let slowed = Number.NEGATIVE_INFINITY;
  let counted: Counted[] = [];
  /** When one more call may begin beside the others. */
  const nextBegin = (at: number, others: readonly Counted[]): number => {
    const most = Math.floor(rate);
    if (others.length < most) return at;
    // A reserved call whose turn has come begins at any moment.
    const untils = Float64Array.from(others, ({ begun, until }) =>
      begun ? until : Math.max(until, at + secondMs),
    ).sort();
    return Math.max(at, untils[others.length - most] ?? at);
  };
  /** The calls that may count. Old ones are dropped only when there are many. */
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
