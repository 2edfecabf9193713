import { describe, expect, test } from "@jest/globals";
import { callEdge, type EventParts, makeEvent, makePolicy } from "../support/edge.ts";
import { secret } from "../support/protected-bodies.ts";

const body = `{"ssn":"${secret}","a":1.0}`;
const policy = makePolicy([{ body: ["$.ssn"] }]);

describe("one request, many parts", () => {
  test("all sealed tokens of one recipient share a wrapped key", async () => {
    const all = makePolicy([
      { token: "sealed", fields: ["ssn"], query: ["ssn"], headers: ["x-ssn"], cookies: ["ssn"] },
    ]);
    const { result, body: text } = await callEdge(
      all,
      makeEvent({ body, querystring: `ssn=${secret}`, headers: { "x-ssn": secret, cookie: `ssn=${secret}` } }),
    );
    const { headers, querystring } = Object(result);
    const everything = [text, decodeURIComponent(querystring), headers["x-ssn"][0].value, headers.cookie[0].value].join(
      " ",
    );
    expect(everything).not.toContain(secret);
    const wrapped = [...everything.matchAll(/#01#[^.]+\.([^.]+)\./g)].map(([, key]) => key);
    expect([wrapped.length, new Set(wrapped).size]).toEqual([4, 1]);
  });

  test("a WebSocket's handshake on a protected route is refused", async () => {
    const event = makeEvent({ method: "GET", headers: { "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" } });
    expect((await callEdge(policy, event)).code).toBe("websocket_refused");
  });
});

describe("required fields", () => {
  const required = makePolicy([
    { name: "r", body: [{ select: "$.ssn", required: true }, "$.a"], query: [{ select: "q", required: true }] },
  ]);
  test.each<readonly [string, EventParts, string | undefined]>([
    ["all there", { body, querystring: "q=1" }, undefined],
    ["renamed", { body: '{"SSN":"1"}', querystring: "q=1" }, "field_missing"],
    ["no query", { body }, "field_missing"],
    ["no body", { method: "PUT", querystring: "q=1" }, "field_missing"],
    ["an empty body", { method: "POST", body: "", querystring: "q=1" }, "field_missing"],
    ["a method without bodies", { method: "GET", querystring: "q=1" }, undefined],
    ["DELETE without one", { method: "DELETE", querystring: "q=1" }, undefined],
    ["DELETE with one", { method: "DELETE", querystring: "q=1", body: "{}" }, "field_missing"],
  ])("%s", async (_, parts, code) => {
    const answer = await callEdge(required, makeEvent(parts));
    expect(answer.code).toBe(code);
    if (code !== undefined) expect(JSON.parse(answer.lines[0] ?? "")).toMatchObject({ code, rule: "r", status: 400 });
  });
});
