import { describe, expect, test } from "@jest/globals";
import { readPath } from "../../../edge/head/path.ts";
import { callEdge, makeEvent, makePolicy, openTokens } from "../../support/edge.ts";
import { sealedToken, secret } from "../../support/protected-bodies.ts";

describe("the segments of a path", () => {
  const { rules } = makePolicy([{ path: "/people/*/{ssn}/x", segments: ["ssn"] }]);
  test.each([
    ["one by its number", "/people/1/078/x", "078"],
    ["decoded", "/people/1/a%20b/x", "a b"],
    ["not one that is empty", "/people/1/", undefined],
    ["none behind the end", "/people", undefined],
  ])("%s", (_, uri, selected) => {
    const { findings } = readPath(uri, rules);
    expect(findings.map(({ value }) => value)).toEqual(
      selected === undefined ? [] : [{ kind: "json", json: JSON.stringify(selected), text: selected }],
    );
  });

  test("named by those before them, from the nearest on", () => {
    const nodes = [...readPath("/a/b%20c/d", []).nodes()];
    expect(nodes.map(({ text, nameAt }) => [text, nameAt?.(0), nameAt?.(1), nameAt?.(2)])).toEqual([
      ["a", undefined, undefined, undefined],
      ["b c", "a", undefined, undefined],
      ["d", "b c", "a", undefined],
    ]);
  });

  test.each([
    ["/a//b", "path_ambiguous"],
    ["/a/%zz", "body_malformed"],
    ["/a/%ff", "body_not_utf8"],
  ])("%s is refused", (uri, code) => {
    expect(() => readPath(uri, rules)).toThrow(expect.objectContaining({ code }));
  });
});

describe("path segments", () => {
  const named = makePolicy([{ path: "/people/{ssn}/cards", segments: ["ssn"] }]);
  test.each([
    ["one", `/people/${secret}/cards`],
    ["encoded", "/people/a%20b%C3%A9/cards"],
  ])("%s", async (_, uri) => {
    const { result } = await callEdge(named, makeEvent({ method: "GET", uri }));
    expect(Object(result).uri).toMatch(new RegExp(`^/people/${sealedToken}/cards$`));
    const [, , token] = Object(result).uri.split("/");
    expect(
      encodeURIComponent((await openTokens({ body: decodeURIComponent(token), contentType: "text/plain" })).body),
    ).toBe(uri.split("/")[2]);
  });

  test.each([`/people//${secret}/cards`, `/people/${secret}%2fx/cards`, `/people/x/../${secret}/cards`])(
    "%s is ambiguous, or not covered",
    async (uri) => {
      const answer = await callEdge(named, makeEvent({ method: "GET", uri }));
      expect([answer.code, answer.status]).toEqual(["path_ambiguous", "400"]);
    },
  );

  test("by detector", async () => {
    const detecting = makePolicy([{ path: "/**", detect: ["us-ssn"], detectIn: ["path"] }]);
    const { result } = await callEdge(
      detecting,
      makeEvent({ method: "GET", uri: `/a/x-is ${secret}`.replace(" ", "%20") }),
    );
    expect(Object(result).uri).toMatch(new RegExp(`^/a/x-is%20${sealedToken}$`));
  });

  test.each([
    ["no such name", { path: "/people/{id}", segments: ["ssn"] }],
    ["behind **", { path: "/**/{ssn}", segments: ["ssn"] }],
  ])("%s is refused when the policy is built", (_, rule) => {
    expect(() => makePolicy([rule])).toThrow(/\$\.rules\[0\]\.segments\[0\]/);
  });
});
