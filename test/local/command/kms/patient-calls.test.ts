/** Calls to KMS of commands, by a clock of the test's own. */
import { afterEach, expect, jest, test } from "@jest/globals";
import { FieldsealError } from "../../../../core/errors.ts";
import { workPatiently } from "../../../../local/command/kms/patient-calls.ts";

afterEach(() => {
  jest.restoreAllMocks();
});

const minuteMs = 60_000;

test.each([1, 5, 20])(
  "however long a document takes at %i calls a second, there is time for each of them",
  async (callsPerSecond) => {
    let now = 0;
    jest.spyOn(Date, "now").mockImplementation(() => now);
    const items = Array.from({ length: 2_000 * callsPerSecond + 1 }, (_, index) => index);
    const results = await workPatiently(items, callsPerSecond, async (part, remainingMs) =>
      part.map((item) => {
        // A tenth of the pace, as KMS throttles.
        now += 10_000 / callsPerSecond;
        return remainingMs() > minuteMs ? Uint8Array.of(item % 256) : new FieldsealError("kms_throttled");
      }),
    );
    expect(results.map((result) => (result instanceof FieldsealError ? result.code : result[0]))).toEqual(
      items.map((item) => item % 256),
    );
  },
);

test("a failure that every item would meet ends the calls", async () => {
  let asked = 0;
  const results = await workPatiently([..."abc".repeat(10)], 1, async (part) => {
    asked++;
    return part.map((_, index) => new FieldsealError(index === 3 ? "kms_unavailable" : "token_invalid"));
  });
  expect([asked, results.length]).toEqual([1, 30]);
  expect(results.map((result) => (result instanceof FieldsealError ? result.code : ""))).toEqual([
    ...Array.from({ length: 20 }, (_, index) => (index === 3 ? "kms_unavailable" : "token_invalid")),
    ...Array<string>(10).fill("kms_unavailable"),
  ]);
});

test("a bad token does not end the calls", async () => {
  const results = await workPatiently([..."abcdefghij".repeat(3)], 1, async (part) =>
    part.map((item) => (item === "a" ? new FieldsealError("token_invalid") : Uint8Array.of(1))),
  );
  expect(results.filter((result) => result instanceof Uint8Array)).toHaveLength(27);
});
