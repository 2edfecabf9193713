/**
 * A ceiling on work that a request can cause, counted in steps rather than in time, so that it is the same everywhere.
 */
import { FieldsealError } from "./errors.ts";

export interface Budget {
  remaining: number;
}

/** Takes steps from a budget. Throws `too_complex` when there are none left. */
export function spend(budget: Budget, steps: number): void {
  budget.remaining -= steps;
  if (budget.remaining < 0) throw new FieldsealError("too_complex");
}
