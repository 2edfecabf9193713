/** The pace of calls, by a clock of the test's own. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createPace, type Pace } from "../../decryptor/call-budget.ts";

/** A call that begins and is answered as soon as it may. */
const reserve = (pace: Pace, longestMs: number): number | undefined => {
  const turn = pace.reserve(longestMs);
  if (turn?.waitMs === 0 && turn.begin() === 0) turn.end();
  return turn?.waitMs;
};

test("as many as a second may have at once, and the next a second after the first", () => {
  let now = 0;
  const pace = createPace(3, () => now);
  expect([1, 2, 3].map(() => reserve(pace, 10_000))).toEqual([0, 0, 0]);
  const others = [1, 2].map(() => pace.reserve(10_000));
  expect(others.map((turn) => turn?.waitMs)).toEqual([1_000, 1_000]);
  now = 1_000;
  expect(others.map((turn) => turn?.begin())).toEqual([0, 0]);
  for (const turn of others) turn?.end();
  now = 2_500;
  expect([1, 2, 3, 4].map(() => reserve(pace, 10_000))).toEqual([0, 0, 0, 1_000]);
});

test("what has to wait too long uses up nothing", () => {
  const pace = createPace(1, () => 0);
  expect([reserve(pace, 0), reserve(pace, 999), pace.waitMs(), pace.waitMs(), reserve(pace, 1_000)]).toEqual([
    0,
    undefined,
    1_000,
    1_000,
    1_000,
  ]);
});

test("it halves once for throttling that comes at once, down to a tenth, and recovers", () => {
  let now = 0;
  const pace = createPace(100, () => now);
  const fit = (): number => {
    now += 10_000;
    let count = 0;
    while (reserve(pace, 0) === 0) count++;
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

test("a call counts until a second after its answer, and one without an answer until it must have arrived", () => {
  let now = 0;
  const pace = createPace(1, () => now);
  const first = pace.reserve(0);
  expect(first?.begin()).toBe(0);
  const second = pace.reserve(2_000);
  expect(second?.waitMs).toBe(1_500);
  now = 200;
  first?.end();
  expect(second?.begin()).toBe(1_000);
  now = 1_200;
  expect(second?.begin()).toBe(0);
  now = 2_699;
  expect(pace.waitMs()).toBe(1);
  now = 2_700;
  second?.end();
  expect(pace.waitMs()).toBe(0);
});

test("a call that is not made gives its place back, and one that was late for it keeps it", () => {
  let now = 0;
  const pace = createPace(1, () => now);
  reserve(pace, 0);
  const [second, third] = [pace.reserve(9_000), pace.reserve(9_000)];
  expect([second?.waitMs, third?.waitMs]).toEqual([1_000, 2_000]);
  third?.end();
  expect(pace.waitMs()).toBe(2_000);
  now = 5_000;
  expect(pace.waitMs()).toBe(1_000);
  expect(second?.begin()).toBe(0);
});

interface Call {
  readonly pause: number;
  /** Until it arrives, and until its answer does. */
  readonly way: number;
  readonly answer: number;
}

const calls = fc.array(
  fc.record({
    pause: fc.integer({ min: 0, max: 700 }),
    way: fc.integer({ min: 0, max: 500 }),
    answer: fc.integer({ min: 0, max: 3_000 }),
  }),
  { maxLength: 100 },
);

/** When calls arrive, each of which comes so long after the one before it. */
function play(rate: number, given: readonly Call[]): readonly number[] {
  let now = 0;
  const pace = createPace(rate, () => now);
  const arrivals: number[] = [];
  const events: { readonly at: number; readonly run: () => void }[] = [];
  const plan = (ms: number, run: () => void): void => void events.push({ at: now + ms, run });
  let comes = 0;
  for (const { pause, way, answer } of given) {
    comes += pause;
    plan(comes, () => {
      const turn = pace.reserve(Number.POSITIVE_INFINITY);
      const begin = (): void => {
        const waitMs = turn?.begin() ?? 0;
        if (waitMs > 0) {
          plan(waitMs, begin);
          return;
        }
        arrivals.push(now + way);
        plan(way + answer, () => turn?.end());
      };
      plan(turn?.waitMs ?? 0, begin);
    });
  }
  while (events.length > 0) {
    const next = events.reduce((first, each) => (each.at < first.at ? each : first));
    events.splice(events.indexOf(next), 1);
    now = next.at;
    next.run();
  }
  return arrivals.sort((a, b) => a - b);
}

test("no second has more calls, whenever they come, and however long they are on their way", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), calls, (rate, given) => {
      const arrivals = play(rate, given);
      expect(arrivals).toHaveLength(given.length);
      arrivals.forEach((arrival, index) =>
        expect(arrival - (arrivals[index - rate] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(1_000),
      );
    }),
  );
});
