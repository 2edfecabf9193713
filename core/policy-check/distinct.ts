/** Values of which a policy has each only once. */
import type { ConfigValue } from "../config/config-value.ts";

/** A value that a policy gives, and where. */
export interface Placed {
  readonly at: ConfigValue;
  readonly value: string;
}

/** Reports each value that an earlier one equals. `what` names them in the message. */
export function requireDistinct(placed: readonly Placed[], what: string): void {
  placed.forEach(({ at, value }, index) => {
    const earlier = placed.slice(0, index).find((other) => other.value === value);
    if (earlier !== undefined) at.report(`The ${what} ${JSON.stringify(value)} stands at ${earlier.at.place} already.`);
  });
}
