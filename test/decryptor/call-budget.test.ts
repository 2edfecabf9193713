/** The pace of calls, by a clock of the test's own. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createPace } from "../../decryptor/call-budget.ts";

test("as many as a second may have at once, and the next a second after the first", () => {
  let now = 0;
  const pace = createPace(3, () => now);
  expect([1, 2, 3, 4, 5].map(() => pace.reserve(10_000))).toEqual([0, 0, 0, 1_000, 1_000]);
  now = 2_500;
  expect([1, 2, 3, 4].map(() => pace.reserve(10_000))).toEqual([0, 0, 0, 1_000]);
});

test("what has to wait too long uses up nothing", () => {
  const pace = createPace(1, () => 0);
  expect([pace.reserve(0), pace.reserve(999), pace.waitMs(), pace.waitMs(), pace.reserve(1_000)]).toEqual([0, undefined, 1_000, 1_000, 1_000]);
});

test("it halves once for throttling that comes at once, down to a tenth, and recovers", () => {
  let now = 0;
  const pace = createPace(100, () => now);
  const fit = (): number => {
    now += 10_000;
    let count = 0;
    while (pace.reserve(0) === 0) count++;
    return count;
  };
  expect(fit()).toBe(100);
  pace.slowDown();
  pace.slowDown();
  expect(fit()).toBe(50);
  for (let count = 0; count < 9; count++) {
    now += 200;
    pace.slowDown();
  }
  expect(fit()).toBe(10);
  for (let count = 0; count < 20; count++) pace.speedUp();
  expect(fit()).toBe(30);
  for (let count = 0; count < 200; count++) pace.speedUp();
  expect(fit()).toBe(100);
});

test("no second has more calls, whenever they come", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 200 }), (rate, pauses) => {
      let now = 0;
      const pace = createPace(rate, () => now);
      const begins = pauses.map((pause) => {
        now += pause;
        return now + (pace.reserve(Number.POSITIVE_INFINITY) ?? Number.NaN);
      });
      begins.forEach((begin, index) => expect(begin - (begins[index - rate] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(1_000));
    }),
  );
});
