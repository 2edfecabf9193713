/** Budgets of steps. */
import { expect, test } from "@jest/globals";
import { spend } from "../../core/budget.ts";

test.each([
  [5, 4, 1, "some are left"],
  [5, 5, 0, "all are taken"],
  [0, 0, 0, "nothing from nothing"],
])("of %d take %d", (remaining, steps, left) => {
  const budget = { remaining };
  spend(budget, steps);
  expect(budget.remaining).toBe(left);
});

test("more than there are is too_complex, and stays so", () => {
  const budget = { remaining: 5 };
  expect(() => spend(budget, 6)).toThrow(expect.objectContaining({ code: "too_complex" }));
  expect(() => spend(budget, 0)).toThrow(expect.objectContaining({ code: "too_complex" }));
});
