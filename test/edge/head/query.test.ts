import { describe, expect, test } from "@jest/globals";
import { callEdge, makeEvent, makePolicy, openTokens } from "../../support/edge.ts";
import { sealedToken, secret } from "../../support/protected-bodies.ts";

describe("the query string", () => {
  const rule = { query: ["ssn", "card*"] };
  test.each([
    ["a name", `a=1&ssn=${secret}&b`, "a=1&ssn=<T>&b"],
    ["a wildcard and brackets", "cardNo=1&x[ssn]=2&x=%zz".replace("&x=%zz", ""), "cardNo=<T>&x[ssn]=<T>"],
    ["nothing", "a=1&&b=%C3%a9+", "a=1&&b=%C3%a9+"],
  ])("%s", async (_, querystring, shape) => {
    const { result } = await callEdge(makePolicy([rule]), makeEvent({ method: "GET", querystring }));
    expect(Object(result).querystring.replace(new RegExp(sealedToken, "g"), "<T>")).toBe(shape);
    const opened = await openTokens({
      body: Object(result).querystring,
      contentType: "application/x-www-form-urlencoded",
    });
    expect(opened.body).toBe(querystring);
  });

  test("tokens are sealed, even where the rule says direct", async () => {
    const { result } = await callEdge(
      makePolicy([{ ...rule, fields: ["a"], token: "direct" }]),
      makeEvent({ querystring: `ssn=${secret}` }),
    );
    expect(Object(result).querystring).toMatch(new RegExp(`^ssn=${sealedToken}$`));
    expect(Object(result)).not.toHaveProperty("body");
  });

  test.each([
    ["too long", `ssn=${"x".repeat(6_000)}`, "414", "url_too_long"],
    ["a semicolon", `a=1;ssn=${secret}`, "400", "body_ambiguous"],
    ["half an escape", "ssn=%4", "400", "body_malformed"],
  ])("%s", async (_, querystring, status, code) => {
    const answer = await callEdge(makePolicy([rule]), makeEvent({ querystring }));
    expect([answer.status, answer.code]).toEqual([status, code]);
  });

  test("by detector", async () => {
    const detecting = makePolicy([{ detect: ["us-ssn"], detectIn: ["query"] }]);
    const { result } = await callEdge(detecting, makeEvent({ querystring: `q=is+${secret}+mine&a=1` }));
    expect(Object(result).querystring).toMatch(new RegExp(`^q=is\\+${sealedToken}\\+mine&a=1$`));
  });
});
