/** A budget of calls a second: the account's quota for RSA is one for everybody (KMS Developer Guide, "Request quotas"). */

/**
 * Tells, for each call, how many milliseconds it has to wait. After a pause of a second, as many calls as a second may have
 * come at once.
 */
export function createPace(callsPerSecond: number, now: () => number): () => number {
  let credit = callsPerSecond;
  let last = now();
  return () => {
    const at = now();
    credit = Math.min(callsPerSecond, credit + ((at - last) / 1_000) * callsPerSecond) - 1;
    last = at;
    return credit >= 0 ? 0 : Math.ceil((-credit / callsPerSecond) * 1_000);
  };
}
