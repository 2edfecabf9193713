/** A ceiling on the work that a request can cause: in steps, not in time, so that it is the same on every machine. */
import { FieldsealError } from "./errors.ts";

/** Steps that are left. All who work on one request share one budget. */
export interface Budget {
  remaining: number;
}

/** Takes steps from a budget. Throws `too_complex` when fewer are left. */
export function spend(budget: Budget, steps: number): void {
  budget.remaining -= steps;
  if (budget.remaining < 0) throw new FieldsealError("too_complex");
}
