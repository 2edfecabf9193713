import { expect, test } from "@jest/globals";
import { FieldsealError, resultOf } from "../../core/errors.ts";

test("what some work gives, or the error that has a code; others are thrown", () => {
  const error = new FieldsealError("too_deep");
  const failWith = (problem: unknown) => () => {
    throw problem;
  };
  expect(resultOf(() => 1)).toBe(1);
  expect(resultOf(failWith(error))).toBe(error);
  expect(() => resultOf(failWith(new RangeError("edits overlap")))).toThrow(RangeError);
});
