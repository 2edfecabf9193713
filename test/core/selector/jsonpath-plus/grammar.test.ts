import { expect, test } from "@jest/globals";
import { parseExpression } from "../../../../core/selector/jsonpath-plus/grammar.ts";

test.each([
  ["$", ["$"]],
  ["$.a.b", ["$", "a", "b"]],
  ["$..a", ["$", "..", "a"]],
  ["$..*", ["$", "..", "*"]],
  ["$['a b']", ["$", "a b"]],
  ["$['a','b']", ["$", "'a','b'"]],
  ["$[0,1]", ["$", "0,1"]],
  ["$[-1:]", ["$", "-1:"]],
  ["$.a[?(@.b > 1)]", ["$", "a", "?(@.b > 1)"]],
  ["$.a^", ["$", "a", "^"]],
  ["$.a~", ["$", "a", "~"]],
  ["$.a@string()", ["$", "a", "@string()"]],
])("%s has the tokens %j", (text, tokens) => expect(parseExpression(text).tokens).toEqual(tokens));

test.each([
  ["$..a..b", { descents: 2, returns: 0, unions: 1, selectsNames: false }],
  ["$.a.b^", { returns: 0 }],
  ["$.a.b^.c", { returns: 1 }],
  ["$['a','b'][0,1,2]", { unions: 6 }],
  ["$.a~", { selectsNames: true }],
])("%s: %j", (text, expected) => expect(parseExpression(text)).toMatchObject(expected));

test("no member may have the name of an operator", () => {
  expect(parseExpression("$.a[*]..[0][?(@)]~").operators).toEqual(["*", "..", "0", "?(@)", "~"]);
});

test.each([
  ["a", 0, "expected $"],
  ["$a", 1, "expected a segment"],
  ["$..", 1, ""],
  ["$[-1]", 1, "no negative index"],
  ["$[ 0]", 1, "spaces in brackets"],
  ["$[(@.length-1)]", 1, "scripts are not supported"],
  ["$^", 2, "the root has no parent"],
  ["$~", 2, "the root has no name"],
  ["$@string()", 10, "must follow a segment"],
  ["$.a~.b", 4, "come last"],
  ["$[?(@.a.match(/x/))]", 4, "this filter is not supported"],
])("%s is refused at %d: %s", (text, offset, reason) => {
  expect(() => parseExpression(text)).toThrow(
    expect.objectContaining({ facts: { offset, reason: expect.stringContaining(reason) } }),
  );
});
