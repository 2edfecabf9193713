import { describe, expect, test } from "@jest/globals";
import { matchesHeader, readHeader } from "../../../edge/head/header.ts";
import { callEdge, makeEvent, makePolicy, openTokens } from "../../support/edge.ts";
import { sealedToken, secret } from "../../support/protected-bodies.ts";

describe("a header field", () => {
  const { rules } = makePolicy([{ headers: ["x-ssn", "x-s*", "y"] }]);

  test("its value as a whole, once for each pattern, under its name", () => {
    const { findings, nodes } = readHeader("x-ssn", " a, b", rules);
    expect(findings.map(({ start, end, selector }) => [start, end, selector])).toEqual([
      [0, 5, 0],
      [0, 5, 1],
    ]);
    const [node] = nodes();
    expect([node?.text, node?.nameAt?.(0), node?.nameAt?.(1)]).toEqual([" a, b", "x-ssn", undefined]);
    expect(node?.encode("%é")).toBe("%é");
  });

  test.each([
    ["x-ssn", true],
    ["x_ssn", true],
    ["x-ssn2", false],
    ["xssn", false],
  ])("x-ssn and %s: %j", (name, matches) => {
    const [use] = rules.flatMap((rule) => rule.headers.map((header) => header.use));
    expect(use !== undefined && matchesHeader(use, name)).toBe(matches);
  });
});

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
