import { describe, expect, test } from "@jest/globals";
import { listContents } from "../../../../core/formats/multipart/codec.ts";
import { readSource, replaceFound } from "../../../support/codec.ts";

const contentType = "multipart/form-data; boundary=b";
const part = (name: string, content: string, fields = ""): string =>
  `--b\r\nContent-Disposition: form-data; name="${name}"${fields}\r\n\r\n${content}\r\n`;
const file = '; filename="f"';
const json = "\r\nContent-Type: application/json";

test.each<[why: string, source: string, rule: object, text: string, expected: string]>([
  ["a part by name", part("ssn", "1") + part("a", "2"), { fields: ["ssn"] }, "T", part("ssn", "T") + part("a", "2")],
  ["a name in percent escapes", part("s%73n", "1"), { fields: ["ssn"] }, "T", part("s%73n", "T")],
  ["JSON as its value", part("ssn", " 12\r\n", json), { fields: ["ssn"] }, "T", part("ssn", ' "T"\r\n', json)],
  ["a file's JSON as bytes", part("f", " 12", file + json), { fields: ["f"] }, "T", part("f", "T", file + json)],
  ["in JSON", part("a", '{"b":1}', json), { body: ["$.b"] }, "T", part("a", '{"b":"T"}', json)],
  ["in UTF-8", part("a", '["\xc3\xa9"]', json), { body: ["$[0]"] }, "é", part("a", '["\xc3\xa9"]', json)],
  ["what would end the part", part("ssn", "1"), { fields: ["ssn"] }, "x\r\n--b", "value_unwritable"],
  ["what would, within it", part("ssn", "x--b"), { fields: ["ssn"] }, "T", "body_ambiguous@51"],
  ["text before detectors", part("a", "x"), { detect: ["email"] }, "T", part("a", "x")],
  ["a NUL before detectors", part("a", "x\u0000"), { detect: ["email"] }, "T", "part_unreadable"],
  ["bytes before detectors", part("a", "\xff"), { detect: ["email"] }, "T", "part_unreadable"],
  ["bytes that are selected", part("a", "\xff"), { detect: ["email"], fields: ["a"] }, "T", part("a", "T")],
  ["bytes that are exempt", part("a", "\xff"), { detect: ["email"], exempt: ["a"] }, "T", part("a", "\xff")],
])("%s", (_, source, rule, text, expected) => {
  const found = replaceFound("multipart", `${source}--b--`, { contentType, rule }, text);
  expect(found).toBe(expected.startsWith("--b") ? `${expected}--b--` : expected);
});

describe("nodes", () => {
  const read = (source: string, rule?: object): (readonly unknown[])[] =>
    [...readSource("multipart", `${source}--b--`, { contentType, rule }).nodes()].map(({ text, nameAt }) => [
      text,
      nameAt?.(0),
      nameAt?.(1),
    ]);
  const header = [
    ["Content-Disposition: form-data; name=", undefined, undefined],
    ["a[x]", undefined, undefined],
  ];

  test("are the header's texts and the content, in the field of the part", () => {
    expect(read(part("a[x]", "y"))).toEqual([...header, ["y", "x", "a"]]);
  });

  test("of JSON are in both", () => {
    const [, , , value] = read(part("a", '{"b":"y"}', json)).slice(-4);
    expect(value).toEqual(["y", "b", "a"]);
  });

  test("are not the contents that all detectors leave alone", () => {
    expect(read(part("a[x]", "y"), { detect: ["email"], exempt: ["x"] })).toEqual(header);
  });
});

test("the contents of all parts", () => {
  const source = `${part("a", "x")}${part("f", "\xff\xfe", file)}--b--`;
  const contents = listContents(source, { essence: "multipart/form-data", parameters: new Map([["boundary", "b"]]) });
  expect(contents.map(({ name, start, end }) => [name, source.slice(start, end)])).toEqual([
    ["a", "x"],
    ["f", "\xff\xfe"],
  ]);
});
