import { expect, test } from "@jest/globals";
import { readString } from "../../../core/formats/json.ts";
import { keepLine } from "../../../core/formats/ndjson.ts";
import { listTexts, replaceFound } from "../../support/codec.ts";

const rule = { body: ["$.a"] };

test.each<[why: string, source: string, expected: string]>([
  ["each line", '{"a":1}\n{"a":2}', '{"a":"T"}\n{"a":"T"}'],
  ["CR LF and blank lines", '\ufeff{"a":1}\r\n \n{"b":2}\r\n', '\ufeff{"a":"T"}\r\n \n{"b":2}\r\n'],
  ["the offset is the body's", '{"a":1}\n{"a":', "body_malformed@13"],
  ["a CR alone", '{"a":1}\r{"a":2}\n', "body_ambiguous@0"],
  ["two values in a line", '{"a":1}{"a":2}', "body_malformed@7"],
])("%s", (_, source, expected) => {
  expect(replaceFound("ndjson", source, { rule })).toBe(expected);
});

test("the nodes of all lines", () => {
  expect(listTexts("ndjson", '["x"]\n"y"\n')).toEqual(["x", "y"]);
});

test("a restored value stays in its line", () => {
  const node = keepLine(readString('"t"', 0, 3, "value"));
  expect(node.literal?.restore('{\n"a":\r\n1}')).toBe('{ "a":  1}');
});
