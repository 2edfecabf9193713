import { describe, expect, test } from "@jest/globals";
import { readCookies } from "../../../edge/head/cookies.ts";
import { callEdge, makeEvent, makePolicy, openTokens } from "../../support/edge.ts";
import { sealedToken, secret } from "../../support/protected-bodies.ts";

describe("the cookies of a header field", () => {
  const { rules } = makePolicy([{ cookies: ["ssn"] }]);
  test.each([
    ["without the blanks around them", "a = 1 ;\tssn=  x y ;", [[14, 17]]],
    ["an empty one", "ssn=", [[4, 4]]],
    ["none without an equals sign", "ssn; a=1", []],
    ["none of another name", "ssn2=1; a=ssn", []],
    ["half an escape in another one's value", "a=%zz; ssn=%", [[11, 12]]],
    ["behind an empty one", ";ssn=1", [[5, 6]]],
    ["behind one without an equals sign", "b;ssn=1", [[6, 7]]],
    ["one of blanks", "ssn=  ;a=1", [[6, 6]]],
    ["one of blanks, at the end", "ssn= \t", [[6, 6]]],
    ["an escaped quote", 'ssn="\\"";', [[4, 8]]],
  ])("%s", (_, source, spans) => {
    expect(readCookies(source, rules).findings.map(({ start, end }) => [start, end])).toEqual(spans);
  });

  test("values are read without their escapes, under their names", () => {
    const nodes = [...readCookies("a=%20x; b=%zz", []).nodes()];
    expect(nodes.map(({ text, nameAt }) => [nameAt?.(0), text])).toEqual([
      ["a", " x"],
      ["b", "%zz"],
    ]);
  });

  test("a value has one name, and a plus sign is one", () => {
    const [node, ...others] = readCookies("a=x+y; b", []).nodes();
    expect([node?.text, node?.nameAt?.(0), node?.nameAt?.(1), others]).toEqual(["x+y", "a", undefined, []]);
  });

  test.each<[source: string, facts: object, why: string]>([
    ['ssn="1', { rule: "0" }, "a quote that is open"],
    ["a=1 ssn=2", {}, "a blank before another one"],
    ["a=1 s%73n=2", {}, "a blank before an escaped one"],
    ["a= ssn =1", {}, "blanks around another one"],
  ])("%s is refused, with the facts %j: %s", (source, facts) => {
    const refused = expect.objectContaining({ code: "body_ambiguous", facts: expect.objectContaining(facts) });
    expect(() => readCookies(source, rules)).toThrow(refused);
  });
});

describe("cookies", () => {
  test.each([
    ["one", `a=1; ssn=${secret}; b=2`, "a=1; ssn=<T>; b=2"],
    ["without blanks", "ssn=1;b=2", "ssn=<T>;b=2"],
    ["quoted", 'ssn="x y"', "ssn=<T>"],
    ["an equals sign in it", "ssn=a=b=", "ssn=<T>"],
    ["twice", "ssn=1; ssn=2", "ssn=<T>; ssn=<T>"],
    ["none", "a=1;;  b", "a=1;;  b"],
    ["an escaped name", "s%73n=1", "s%73n=<T>"],
  ])("%s", async (_, cookie, shape) => {
    const { result } = await callEdge(
      makePolicy([{ cookies: ["ssn"] }]),
      makeEvent({ method: "GET", headers: { cookie } }),
    );
    const { value } = Object(result).headers.cookie[0];
    expect(value.replace(new RegExp(sealedToken, "g"), "<T>")).toBe(shape);
    expect((await openTokens({ body: value, contentType: "text/plain" })).body).toBe(cookie);
  });

  test.each([
    ["a quoted value that goes on behind a semicolon", `ssn="1; ${secret}"`],
    ["a quote that opens within a value", `ssn=1, a="; ${secret}"`],
    ["a comma", `a=1, ssn=${secret}`],
    ["a blank", `a=1 ssn=${secret}`],
    ["blanks around the equals sign", `a=1 ssn = ${secret}`],
    ["a quote", `a="x;" ssn=${secret}`],
    ["no name", `=ssn=${secret}`],
    ["a comma in another selected one", `ssn=1",ssn= "a;${secret}"`],
  ])("some readers see another cookie: %s", async (_, cookie) => {
    const answer = await callEdge(
      makePolicy([{ cookies: ["ssn"] }]),
      makeEvent({ method: "GET", headers: { cookie } }),
    );
    expect([answer.status, answer.code]).toEqual(["400", "body_ambiguous"]);
  });

  test("several fields, each of them, and the order of all", async () => {
    const event = makeEvent({ method: "GET", headers: { cookie: ["a=1; ssn=2", "ssn=3;b", "c=4"] } });
    const { result } = await callEdge(makePolicy([{ cookies: ["ssn"] }]), event);
    const values = Object(result).headers.cookie.map(({ value }: { value: string }) =>
      value.replace(new RegExp(sealedToken, "g"), "<T>"),
    );
    expect(values).toEqual(["a=1; ssn=<T>", "ssn=<T>;b", "c=4"]);
  });
});
