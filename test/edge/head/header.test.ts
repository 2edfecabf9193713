import { describe, expect, test } from "@jest/globals";
import { callEdge, makeEvent, makePolicy, openTokens } from "../../support/edge.ts";
import { sealedToken, secret } from "../../support/protected-bodies.ts";

describe("header fields", () => {
  test("chosen ones, each value, and no others", async () => {
    const headers = { "x-ssn": [secret, "2"], "X-User-Card": "3", "x-other": secret };
    const { result } = await callEdge(makePolicy([{ headers: ["X-SSN", "x-user-*"] }]), makeEvent({ headers }));
    const written = Object(result).headers;
    expect(written["x-ssn"].map(({ value }: { value: string }) => new RegExp(`^${sealedToken}$`).test(value))).toEqual([
      true,
      true,
    ]);
    expect(written["x-user-card"][0].value).toMatch(new RegExp(`^${sealedToken}$`));
    expect(written["x-other"][0].value).toBe(secret);
    expect((await openTokens({ body: written["x-ssn"][0].value, contentType: "text/plain" })).body).toBe(secret);
  });

  test("an underscore is a dash to CGI's heirs", async () => {
    const { result } = await callEdge(makePolicy([{ headers: ["x-ssn"] }]), makeEvent({ headers: { x_ssn: secret } }));
    expect(Object(result).headers["x_ssn"][0].value).toMatch(new RegExp(`^${sealedToken}$`));
  });

  test("a wildcard leaves alone what CloudFront needs", async () => {
    const headers = { "content-length": "0", "accept-encoding": "gzip", cookie: "a=1", via: "x" };
    const event = makeEvent({ method: "GET", headers });
    const { result } = await callEdge(makePolicy([{ headers: ["*"] }]), event);
    expect(Object(result).headers).toEqual(event.Records[0]?.cf.request.headers);
  });

  test("too large", async () => {
    const answer = await callEdge(
      makePolicy([{ headers: ["x-a"] }]),
      makeEvent({ headers: { "x-a": "x".repeat(25_000) } }),
    );
    expect([answer.status, answer.code]).toEqual(["431", "headers_too_large"]);
  });

  test.each(["host", "Content-Length", "transfer-encoding", "cookie", "x-amz-cf-id", "no spaces"])(
    "%s is refused when the policy is built",
    (name) => {
      expect(() => makePolicy([{ headers: [name] }])).toThrow(/\$\.rules\[0\]\.headers\[0\]/);
    },
  );
});
