import { describe, expect, test } from "@jest/globals";
import { listContents } from "../../../../core/formats/multipart/codec.ts";
import { readSource, replaceFound } from "../../../support/codec.ts";
import { makePolicy } from "../../../support/edge.ts";

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
  [
    "what may hold a delimiter elsewhere",
    part("a", "x--b") + part("ssn", "1"),
    { fields: ["ssn"] },
    "T",
    part("a", "x--b") + part("ssn", "T"),
  ],
  [
    "JSON behind a byte order mark",
    part("ssn", "\xef\xbb\xbf 1 2", json),
    { fields: ["ssn"] },
    "T",
    "body_malformed@4",
  ],
  [
    "JSON between several blanks",
    part("ssn", "\xef\xbb\xbf \t[1, 2] \t", json),
    { fields: ["ssn"] },
    "T",
    part("ssn", '\xef\xbb\xbf \t"T" \t', json),
  ],
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

  test("are contents that some detector inspects", () => {
    const rules = makePolicy([
      { name: "a", detect: ["email"], exempt: ["x"] },
      { name: "b", detect: ["email"] },
    ]).rules;
    const source = `${part("a[x]", "y")}--b--`;
    const nodes = [...readSource("multipart", source, { contentType, context: { rules } }).nodes()];
    expect(nodes.map(({ text }) => text)).toEqual(["Content-Disposition: form-data; name=", "a[x]", "y"]);
  });

  test("leave out contents that are not text", () => {
    expect(read(part("a[x]", "\xff"))).toEqual(header);
  });

  test("are the contents that no detector looks into", () => {
    expect(read(part("a[x]", "y"), { fields: ["x"] })).toEqual([...header, ["y", "x", "a"]]);
  });

  test("leave out contents that all detectors ignore", () => {
    expect(read(part("a[x]", "y"), { detect: ["email"], exempt: ["x"] })).toEqual(header);
  });
});

describe("what is found", () => {
  test("a file is found as its bytes, by its rule and selector", () => {
    const source = `${part("f", "\xff\x00", file)}--b--`;
    const [found] = readSource("multipart", source, { contentType, rule: { fields: ["x", "f"] } }).findings;
    expect(found).toMatchObject({ selector: 1, value: { kind: "bytes", bytes: Buffer.of(0xff, 0) } });
    expect([found?.rule.name, found?.encode("T")]).toEqual(["0", "T"]);
  });

  test("in JSON, each rule finds its own", () => {
    const rules = makePolicy([
      { name: "a", body: ["$.b"] },
      { name: "c", body: ["$.d"] },
    ]).rules;
    const source = `${part("a", '{"b":1,"d":2}', json)}--b--`;
    const { findings } = readSource("multipart", source, { contentType, context: { rules } });
    expect(findings.map(({ rule, start, end }) => [rule.name, source.slice(start, end)])).toEqual([
      ["a", "1"],
      ["c", "2"],
    ]);
  });

  test("an error for an unreadable value names its rule", () => {
    const source = `${part("a", "\xff")}--b--`;
    const rule = { name: "r", detect: ["email"] };
    expect(() => readSource("multipart", source, { contentType, rule })).toThrow(
      expect.objectContaining({ code: "part_unreadable", facts: { rule: "r" } }),
    );
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
