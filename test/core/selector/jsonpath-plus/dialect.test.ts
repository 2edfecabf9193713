import { describe, expect, test } from "@jest/globals";
import { jsonpathPlus, loadJsonpathPlus } from "../../../../core/selector/jsonpath-plus/dialect.ts";
import { literalOf, nameOf, parseJson } from "../../../../core/text/json-document.ts";

const body = JSON.stringify({
  people: [
    { name: "a", ssn: "1", card: { type: "x", no: "9" } },
    { name: "b", ssn: 2, card: null },
  ],
  n: [1, 2, 3],
});

function select(text: string, source = body): string[] {
  const document = parseJson(source, 1_000);
  const load = loadJsonpathPlus(jsonpathPlus.compile([{ text, place: "$" }]));
  return (load?.(document, { remaining: 1_000_000 }) ?? []).map(({ node, part }) =>
    part === "name" ? `name ${nameOf(document, node)}` : literalOf(document, node),
  );
}

describe("selects", () => {
  test.each([
    ["$.people[*].ssn", ['"1"', "2"], "names"],
    [
      "$.people[*].card^",
      ['{"name":"a","ssn":"1","card":{"type":"x","no":"9"}}', '{"name":"b","ssn":2,"card":null}'],
      "parent",
    ],
    ["$.people[0]~", [], "an item has no name"],
    ["$.people[0].*~", ["name name", "name ssn", "name card"], "names"],
    ["$.n[?(@ > 1)]", ["2", "3"], "filter"],
    ["$.people[?(@.name === 'a')].ssn", ['"1"'], "filter"],
    ["$..ssn@string()", ['"1"'], "type"],
  ])("%s", (text, expected) => {
    expect(select(text)).toEqual(expected);
  });

  test("a number beyond the doubles as a number", () => {
    expect(select("$[*]@number()", '[1e400,"1e400",-1e400]')).toEqual(["1e400", "-1e400"]);
  });

  test.each([
    ["$.a", '{"a":1,"~":2,"^":3,"__proto__":4,"constructor":5}', ["1"]],
    ["$.__proto__", '{"a":1,"__proto__":4}', ["4"]],
    ["$..constructor", '[{"constructor":[1]},[],"s"]', ["[1]"]],
    ["$.toString", '{"a":1}', []],
    ["$['a.b']", '{"a.b":1,"a":{"b":2}}', ["1"]],
  ])("by names with a meaning in the library: %s of %s", (text, source, expected) => {
    expect(select(text, source)).toEqual(expected);
  });
});

describe("is refused", () => {
  test.each([
    "",
    "$['a'",
    "$.[[",
    "$[?(@.a.match(/x/))]",
    "$[?(process.exit())]",
    "$[?(@.constructor.constructor('x')())]",
    "$[(@.length-1)]",
  ])("%p when the policy is built", (text) => {
    expect(() => jsonpathPlus.compile([{ text, place: "$.rules[0].body[0]" }])).toThrow(
      expect.objectContaining({ code: "policy_invalid" }),
    );
  });

  test.each([
    ["$[01]", "no index has it"],
    ["$[-:]", "half a number"],
    ["$[0:2:0]", "no step"],
    ["$['..']", "descent in quotes"],
    ["$['a',\"..\"]", "descent in quotes"],
    ["$^", "above the root"],
    ["$.a^^", "above the root"],
    ["$.a^~", "the root's name"],
  ])("%s, which would select nothing or something else: %s", (text) => {
    expect(() => jsonpathPlus.compile([{ text, place: "$" }])).toThrow(
      expect.objectContaining({ code: "policy_invalid" }),
    );
  });

  test("two members with the same name", () => {
    expect(() => select("$.a", '{"a":1,"\\u0061":2}')).toThrow(expect.objectContaining({ code: "duplicate_member" }));
  });

  test("a body so deep that the library would overflow its stack", () => {
    expect(() => select("$..a", "[".repeat(300) + "]".repeat(300))).toThrow(
      expect.objectContaining({ code: "too_deep" }),
    );
  });
});
