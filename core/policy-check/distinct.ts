/** Reports values that must be unique in a policy. */
import type { ConfigValue } from "../config/config-value.ts";

/** A value of a policy, and its place. */
export interface Placed {
  readonly at: ConfigValue;
  readonly value: string;
}

/** Reports each value that equals an earlier one. `what` is the word for them in the message. */
export function requireDistinct(placed: readonly Placed[], what: string): void {
  placed.forEach(({ at, value }, index) => {
    const earlier = placed.slice(0, index).find((other) => other.value === value);
    if (earlier !== undefined)
      at.report(`The ${what} ${JSON.stringify(value)} is already used at ${earlier.at.place}.`);
  });
}
