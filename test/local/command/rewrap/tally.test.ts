import { describe, expect, test } from "@jest/globals";
import {
  addFailure,
  addMoved,
  countFailed,
  formatTally,
  nothingDone,
  parseTally,
  sumTallies,
} from "../../../../local/command/rewrap/tally.ts";

const moved = {
  direct: 1,
  sealed: 2,
  left: new Map([["03", 4]]),
  failed: [
    { offset: 5, code: "token_damaged" },
    { offset: 9, code: "token_damaged" },
  ],
} as const;

describe("adding tallies", () => {
  test("counts by recipient and by code, with offsets of the document", () => {
    const tally = addMoved(addMoved(nothingDone, moved, 0), moved, 100);
    expect(tally).toEqual({
      direct: 2,
      sealed: 4,
      left: { "03": 8 },
      failed: { token_damaged: 4 },
      failures: [5, 9, 105, 109].map((offset) => ({ offset, code: "token_damaged" })),
    });
    expect(countFailed(tally)).toBe(4);
  });

  test("keeps a thousand failures, and counts all", () => {
    const failed = Array.from({ length: 1_001 }, (_, offset) => ({ offset, code: "token_invalid" as const }));
    const tally = addMoved(nothingDone, { ...moved, failed }, 0);
    expect([tally.failures.length, countFailed(tally)]).toEqual([1_000, 1_001]);
  });

  test("a recipient may have the name of a member of every object", () => {
    const left = new Map([["__proto__", 1]]);
    expect(Object.entries(addMoved(nothingDone, { ...moved, left }, 0).left)).toEqual([["__proto__", 1]]);
  });

  test("the token at which a run stopped is a failure", () => {
    expect(addFailure(nothingDone, "token_invalid", 7)).toMatchObject({
      failed: { token_invalid: 1 },
      failures: [{ offset: 7, code: "token_invalid" }],
    });
  });

  test("a sum has no offsets", () => {
    const tally = addMoved(nothingDone, moved, 0);
    expect(sumTallies([tally, tally])).toEqual({
      direct: 2,
      sealed: 4,
      left: { "03": 8 },
      failed: { token_damaged: 4 },
      failures: [],
    });
    expect(sumTallies([])).toEqual(nothingDone);
  });
});

test.each<[why: string, tally: typeof nothingDone, text: string]>([
  [
    "nothing",
    nothingDone,
    "0 direct and 0 sealed token(s) moved from a to b with 3 call(s) to KMS; left: 0; failed: 0",
  ],
  [
    "all kinds",
    addMoved(nothingDone, moved, 0),
    "1 direct and 2 sealed token(s) moved from a to b with 3 call(s) to KMS; left: 4 of 03; failed: 2 token_damaged",
  ],
])("formatted: %s", (_, tally, text) => {
  expect(formatTally(tally, { from: "a", to: "b", kmsCalls: 3 })).toBe(text);
});

describe("a tally that an earlier run wrote", () => {
  test("is read as it was", () => {
    const tally = addMoved(nothingDone, moved, 0);
    expect(parseTally(JSON.parse(JSON.stringify(tally)))).toEqual(tally);
  });

  test.each<[why: string, value: unknown]>([
    ["no object", 1],
    ["a text for a count", { ...nothingDone, direct: "1" }],
    ["a text in the counts", { ...nothingDone, left: { "03": "1" } }],
    ["a list for counts", { ...nothingDone, failed: [1] }],
    ["no list of failures", { ...nothingDone, failures: {} }],
    ["a failure without an offset", { ...nothingDone, failures: [{ code: "a" }] }],
  ])("%s is not a tally", (_, value) => {
    expect(parseTally(value)).toBeUndefined();
  });
});
