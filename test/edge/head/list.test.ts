import { describe, expect, test } from "@jest/globals";
import { parseEvent } from "../../../edge/event.ts";
import { type HeadPart, listHead } from "../../../edge/head/list.ts";
import { makeEvent, makePolicy } from "../../support/edge.ts";

const headers = { "x-a": ["1", "2"], cookie: "c=1", via: "x", "content-length": "1" };
const request = parseEvent(makeEvent({ uri: "/people//x", querystring: "q=%zz", headers }));

function list(rules: readonly object[]) {
  return [
    ...listHead(
      request,
      rules.flatMap((rule) => makePolicy([rule]).rules),
      { remaining: 1_000 },
    ),
  ];
}

const show = (part: HeadPart): string => (part.kind === "header" ? `${part.name} ${part.index}` : part.kind);

describe("the parts of a head", () => {
  test("those that rules can protect, each value of a header field by itself; none is read unasked", () => {
    expect(list([]).map(({ part, place, source }) => [show(part), place, source])).toEqual([
      ["uri", "path", "/people//x"],
      ["querystring", "query", "q=%zz"],
      ["x-a 0", "headers", "1"],
      ["x-a 1", "headers", "2"],
      ["cookie 0", "cookies", "c=1"],
    ]);
  });

  test.each<readonly [why: string, rule: object, parts: readonly string[]]>([
    ["the path", { path: "/people/{s}", segments: ["s"] }, ["uri"]],
    ["the query", { query: ["q"] }, ["querystring"]],
    ["a header field", { headers: ["x-a"] }, ["x-a 0", "x-a 1"]],
    ["cookies", { cookies: ["c"] }, ["cookie 0"]],
    ["detectors", { detect: ["us-ssn"], detectIn: ["path", "cookies"] }, ["uri", "cookie 0"]],
    ["a body alone", { body: ["$.a"] }, []],
  ])("a rule looks into what it names: %s", (_, rule, parts) => {
    const looked = list([rule]).filter(({ rules }) => rules.length > 0);
    expect(looked.map(({ part }) => show(part))).toEqual(parts);
  });

  test("each is read in its own syntax, for its own rules", () => {
    const [path, query, header, , cookie] = list([{ headers: ["x-a"], cookies: ["c"] }]);
    expect(() => path?.read()).toThrow(expect.objectContaining({ code: "path_ambiguous" }));
    expect(() => query?.read()).toThrow(expect.objectContaining({ code: "body_malformed" }));
    expect(header?.read().findings.map(({ selector }) => selector)).toEqual([0]);
    expect(cookie?.read().findings.map(({ start, end }) => [start, end])).toEqual([[2, 3]]);
  });
});
