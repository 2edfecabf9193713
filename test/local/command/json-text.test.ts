import { expect, test } from "@jest/globals";
import { tryParseJson } from "../../../local/command/json-text.ts";

test.each<[text: string, value: unknown]>([
  ['{"a":[1,null]}', { a: [1, null] }],
  ["null", null],
  ["0", 0],
  ["", undefined],
  ["{", undefined],
  ["\ufeff{}", undefined],
])("%j is %j", (text, value) => {
  expect(tryParseJson(text)).toEqual(value);
});
