/** Limits the work for one request: in steps and not in time, so that the limit is the same on every machine. */
import { FieldsealError } from "./errors.ts";

/** The steps that are left. All work on one request shares one budget. */
export interface Budget {
  remaining: number;
}

/** Takes steps from a budget. Throws `too_complex` if fewer are left. */
export function spend(budget: Budget, steps: number): void {
  budget.remaining -= steps;
  if (budget.remaining < 0) throw new FieldsealError("too_complex");
}
