/** A budget of KMS calls a second: an account shares one quota for RSA (KMS Developer Guide, "Request quotas"). */

/** One reserved call. */
export interface Turn {
  /** Milliseconds that the call must wait, by what is known now. */
  readonly waitMs: number;
  /** Begins the call and gives 0, or gives the milliseconds that it must still wait. */
  readonly begin: () => number;
  /** Ends the turn: after the answer, or if the call is not made. */
  readonly end: () => void;
}

/** Spaces calls so that no second has too many of them. */
export interface Pace {
  /** Reserves the next call. Gives `undefined`, and reserves nothing, if it must wait for more than `longestMs`. */
  readonly reserve: (longestMs: number) => Turn | undefined;
  /** Milliseconds that the next call would have to wait. Reserves nothing. */
  readonly waitMs: () => number;
  /** Lowers the pace when KMS throttles: others use the quota too. */
  readonly slowDown: () => void;
  /** Raises the pace when a call succeeds. */
  readonly speedUp: () => void;
}

/** The lowest pace, as a share of the highest. The pauses between tries do the rest. */
const lowestShare = 0.1;
const secondMs = 1_000;
/** The pace slows down once in this time, however many calls KMS throttles. */
const slowdownMs = 100;

/** A call without an answer counts as arrived after this time, so that a slow KMS does not lower the pace. */
const longestWayMs = 500;

/** A call in the budget. It counts until a second after it arrived, or counts as arrived. */
interface Counted {
  begun: boolean;
  until: number;
}

/**
 * A pace of `callsPerSecond`: no second, wherever it begins, has more calls, neither here nor at KMS. A call arrives at
 * KMS before its answer comes, so it counts from its beginning to a second after its answer. The pace halves when KMS
 * throttles, down to a tenth, and recovers by a hundredth of its highest with each call that succeeds. `now` gives
 * milliseconds.
 */
export function createPace(callsPerSecond: number, now: () => number): Pace {
  const lowest = Math.max(1, callsPerSecond * lowestShare);
  let rate = callsPerSecond;
  let slowed = Number.NEGATIVE_INFINITY;
  let counted: Counted[] = [];
  /** The time at which one more call may begin beside the others. */
  const nextBegin = (at: number, others: readonly Counted[]): number => {
    const most = Math.floor(rate);
    if (others.length < most) return at;
    // A reserved call whose turn has come may begin at any moment.
    const untils = Float64Array.from(others, ({ begun, until }) =>
      begun ? until : Math.max(until, at + secondMs),
    ).sort();
    return Math.max(at, untils[others.length - most] ?? at);
  };
  /** The calls that may count. Drops old calls only when there are many. */
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
