import { describe, expect, test } from "@jest/globals";
import {
  type Finding,
  findWhole,
  findWithin,
  jsonValue,
  liftFinding,
  resolveFindings,
  textValue,
} from "../../../core/find/finding.ts";
import { readString } from "../../../core/formats/json.ts";
import type { Rule } from "../../../core/rule/rule.ts";
import { readPercent } from "../../../core/text/percent.ts";
import { asIs, plainNode } from "../../../core/text/text-node.ts";
import { describeError } from "../../support/codec.ts";

const ruleOf = (name: string, recipient: object): Rule => ({ name, recipient }) as unknown as Rule;
const [ours, theirs] = [{}, {}];
const rule = ruleOf("one", ours);
const by = { rule, selector: 3 };

test.each([
  ['"a"', "a"],
  ['"a\\n"', "a\n"],
  ['"\\u0061"', undefined],
  ['"\\ud800"', undefined],
  ['"\\/"', undefined],
  ["12", undefined],
  ['{"a":1}', undefined],
])("JSON %s as a canonical string: %j", (json, text) => {
  expect(jsonValue(json)).toEqual({ kind: "json", json, text });
});

test("a direct token cannot carry half of a surrogate pair", () => {
  expect(textValue("a\ud800")).toEqual({ kind: "json", json: '"a\\ud800"', text: undefined });
  expect(textValue('a"')).toEqual({ kind: "json", json: '"a\\""', text: 'a"' });
});

describe("a node and parts of it", () => {
  const source = '["a\\u0062 cd"]';
  const string = readString(source, 1, 13, "value");
  const show = ({ start, end, selector, value, encode }: Finding): readonly unknown[] => [
    source.slice(start, end),
    selector,
    value.kind === "json" ? value.json : "",
    encode("T"),
  ];
  const whole = ['"a\\u0062 cd"', 3, '"a\\u0062 cd"', '"T"'];

  test("a whole node is its literal", () => {
    expect(show(findWhole(string, by))).toEqual(whole);
  });

  test.each([
    ["a part in canonical JSON", { start: 3, end: 5 }, ["cd", 3, '"cd"', "T"]],
    ["a part that is not, as a whole", { start: 0, end: 2 }, whole],
    ["all of it", { start: 0, end: 5 }, whole],
  ])("%s", (_, span, expected) => {
    expect(show(findWithin(source, string, span, by))).toEqual(expected);
  });

  test.each([
    ["the beginning of a canonical string", { start: 0, end: 1 }, { start: 2, end: 3, value: textValue("a") }],
    ["the end of a canonical string", { start: 1, end: 2 }, { start: 3, end: 4, value: textValue("b") }],
    [
      "all of a canonical string, with its quotes",
      { start: 0, end: 2 },
      { start: 1, end: 5, value: jsonValue('"ab"') },
    ],
  ])("%s", (_, part, expected) => {
    expect(findWithin('["ab"]', readString('["ab"]', 1, 5, "value"), part, by)).toMatchObject(expected);
  });

  test("a part of text without a literal is replaced alone, in any encoding", () => {
    const node = readPercent("a=x%2dy", 2, 7, true);
    expect(findWithin("a=x%2dy", node, { start: 1, end: 2 }, by)).toMatchObject({ start: 3, end: 6 });
    const finding = { ...by, start: 1, end: 2, value: textValue("-"), encode: asIs };
    expect(liftFinding("a=x%2dy", node, finding)).toMatchObject({ start: 3, end: 6, value: textValue("-") });
  });

  test("a part of an indivisible node becomes the whole node", () => {
    const node = { ...plainNode("abc", 0, 3, asIs), divisible: false };
    expect(findWithin("abc", node, { start: 1, end: 2 }, by)).toMatchObject({
      start: 0,
      end: 3,
      value: { text: "abc" },
    });
  });

  test("a part of plain text is itself", () => {
    const part = findWithin("xabc", plainNode("xabc", 1, 4, asIs), { start: 1, end: 2 }, by);
    expect(part).toMatchObject({ start: 2, end: 3, value: { text: "b" } });
  });

  test.each([
    ["in canonical spelling", { start: 3, end: 5 }, ["cd", 3, '"x"', "<T>"]],
    ["in another one, as a whole", { start: 1, end: 2 }, whole],
  ])("a finding within a node, %s", (_, span, expected) => {
    const finding: Finding = { ...by, ...span, value: textValue("x"), encode: (token) => `<${token}>` };
    expect(show(liftFinding(source, string, finding))).toEqual(expected);
  });
});

describe("findings that overlap", () => {
  const find = (name: string, start: number, end: number, recipient = ours): Finding => ({
    rule: ruleOf(name, recipient),
    selector: 0,
    start,
    end,
    value: textValue(""),
    encode: asIs,
  });

  test.each<[why: string, findings: readonly Finding[], expected: readonly string[] | string]>([
    ["in the order of the text", [find("b", 3, 4), find("a", 0, 3)], ["a", "b"]],
    ["of one place the first", [find("a", 0, 3), find("b", 0, 3)], ["a"]],
    ["the outer one of two", [find("a", 1, 2), find("b", 0, 3)], ["b"]],
    ["the outer one that begins with the inner", [find("a", 0, 2), find("b", 0, 3)], ["b"]],
    ["the outer one that ends with the inner", [find("a", 1, 3), find("b", 0, 3)], ["b"]],
    ["the outer one of another recipient's", [find("a", 0, 3), find("b", 1, 2, theirs)], "rule_conflict@1"],
    ["one place of another recipient's", [find("a", 0, 3), find("b", 0, 3, theirs)], "rule_conflict@0"],
    ["two that overlap in part", [find("a", 0, 3), find("b", 2, 4)], "rule_conflict@2"],
    ["two that overlap by one character", [find("a", 0, 3), find("b", 2, 3), find("c", 2, 5)], "rule_conflict@2"],
    ["neighbours", [find("a", 0, 3), find("b", 3, 4, theirs)], ["a", "b"]],
    ["one after an inner one", [find("a", 0, 3), find("b", 1, 2), find("c", 2, 4)], "rule_conflict@2"],
    ["an empty value twice", [find("a", 2, 2), find("b", 2, 2)], ["a"]],
    ["an empty value of two recipients", [find("a", 2, 2), find("b", 2, 2, theirs)], "rule_conflict@2"],
    ["an empty value after another", [find("a", 0, 2), find("b", 2, 2)], ["a", "b"]],
    ["none", [], []],
  ])("%s", (_, findings, expected) => {
    expect(describeError(() => resolveFindings(findings).map((finding) => finding.rule.name))).toEqual(expected);
  });
});
