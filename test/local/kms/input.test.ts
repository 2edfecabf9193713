import { describe, expect, test } from "@jest/globals";
import type { KmsError } from "../../../local/kms/errors.ts";
import {
  isGiven,
  parseBlob,
  parseChoice,
  parseFlag,
  parseInput,
  parseInteger,
  parseText,
  parseTexts,
  requireMember,
} from "../../../local/kms/input.ts";

const nameOf = (run: () => unknown): string => {
  try {
    return `returned ${JSON.stringify(run())}`;
  } catch (error) {
    return (error as KmsError).name;
  }
};

describe("a body", () => {
  test.each<[why: string, body: string | Buffer, members: object]>([
    ["empty", "", {}],
    ["an object", '{"a":1}', { a: 1 }],
  ])("%s", (_, body, members) => {
    expect(parseInput(Buffer.from(body))).toEqual(members);
  });

  test.each<[why: string, body: string | Buffer]>([
    ["a list", "[]"],
    ["null", "null"],
    ["no JSON", "{"],
    ["no UTF-8", Buffer.from([0x22, 0xff, 0x22])],
  ])("%s is a SerializationException", (_, body) => {
    expect(nameOf(() => parseInput(Buffer.from(body)))).toBe("SerializationException");
  });
});

describe("a member", () => {
  const bounds = { min: 1, max: 3 };
  const parsers: Readonly<Record<string, (value: unknown) => unknown>> = {
    text: (value) => parseText({ value }, "value", bounds),
    blob: (value) => parseBlob({ value }, "value", bounds)?.toString(),
    integer: (value) => parseInteger({ value }, "value", bounds),
    flag: (value) => parseFlag({ value }, "value"),
    choice: (value) => parseChoice({ value }, "value", ["A", "B"]),
    texts: (value) => parseTexts({ value }, "value"),
    given: (value) => isGiven({ value }, "value"),
  };

  test.each<[parser: string, value: unknown, result: unknown]>([
    ["text", "abc", "abc"],
    ["text", null, undefined],
    ["blob", "YWI=", "ab"],
    ["blob", undefined, undefined],
    ["integer", 3, 3],
    ["integer", null, undefined],
    ["flag", true, true],
    ["flag", null, false],
    ["choice", "B", "B"],
    ["choice", undefined, undefined],
    ["texts", ["a"], ["a"]],
    ["texts", null, []],
    ["given", { a: 1 }, true],
    ["given", {}, false],
    ["given", null, false],
  ])("%s of %j is %j", (parser, value, result) => {
    expect(parsers[parser]?.(value)).toEqual(result);
  });

  test.each<[parser: string, value: unknown, name: string]>([
    ["text", 1, "SerializationException"],
    ["text", "", "ValidationException"],
    ["text", "abcd", "ValidationException"],
    ["blob", "YW", "SerializationException"],
    ["blob", "YW!=", "SerializationException"],
    ["blob", "YWJjZA==", "ValidationException"],
    ["integer", 1.5, "SerializationException"],
    ["integer", "1", "SerializationException"],
    ["integer", 0, "ValidationException"],
    ["integer", 4, "ValidationException"],
    ["flag", "true", "SerializationException"],
    ["choice", 1, "SerializationException"],
    ["choice", "C", "ValidationException"],
    ["texts", "a", "SerializationException"],
    ["texts", [1], "SerializationException"],
    ["given", [], "SerializationException"],
    ["given", "a", "SerializationException"],
  ])("%s of %j is a %s", (parser, value, name) => {
    expect(nameOf(() => parsers[parser]?.(value))).toBe(name);
  });
});

test("the error for a missing member names it in camel case", () => {
  expect(requireMember("a", "KeyId")).toBe("a");
  expect(() => requireMember(undefined, "KeyId")).toThrow(
    "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null",
  );
});
