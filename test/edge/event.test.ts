import { describe, expect, test } from "@jest/globals";
import { headerValues, parseEvent, readBodyBytes, writeRequest } from "../../edge/event.ts";
import { callEdge, type EventParts, makeEvent, makePolicy } from "../support/edge.ts";
import { secret } from "../support/protected-bodies.ts";

const policy = makePolicy([{ name: "people", body: ["$..ssn"] }]);
const body = `[ {"id": 1.0, "ssn":"${secret}"} ]`;

describe("events that CloudFront does not send", () => {
  const throwing = {
    get Records(): never {
      throw new Error(secret);
    },
  };
  const { cf } = makeEvent({ body }).Records[0] ?? {};
  test.each([
    ["nothing", undefined],
    ["null", null],
    ["a number", 7],
    ["no records", { Records: [] }],
    ["no request", { Records: [{ cf: {} }] }],
    ["a uri that is none", { Records: [{ cf: { request: { ...cf?.request, uri: 7 } } }] }],
    ["headers that are none", { Records: [{ cf: { request: { ...cf?.request, headers: [secret] } } }] }],
    ["a body that is none", { Records: [{ cf: { request: { ...cf?.request, body: { data: 7 } } } }] }],
    [
      "base64 that is none",
      { Records: [{ cf: { request: { ...cf?.request, body: { data: "%%%%", encoding: "base64" } } } }] },
    ],
    ["a getter that throws", throwing],
  ])("%s: 500, and nothing of it in the log", async (_, event) => {
    const { status, code, lines } = await callEdge(policy, event);
    expect([status, code]).toEqual(["500", "internal_error"]);
    expect(lines.join()).not.toContain(secret);
  });
});

describe("what is read of an event", () => {
  test("names of header fields in lower case, those that differ in case together", () => {
    const [record] = makeEvent().Records;
    const headers = { "X-A": [{ value: "1" }], "x-a": [{ key: "x-a", value: "2" }] };
    const request = parseEvent({ Records: [{ cf: { ...record?.cf, request: { ...record?.cf.request, headers } } }] });
    expect(headerValues(request.headers, "x-a")).toEqual(["1", "2"]);
    expect(headerValues(request.headers, "constructor")).toEqual([]);
  });

  test.each<readonly [string, EventParts, boolean]>([
    ["none", {}, false],
    ["an empty one", { body: "" }, false],
    ["one cut to nothing", { body: "", inputTruncated: true }, true],
    ["one", { body: "a" }, true],
  ])("a body: %s", (_, parts, hasBody) => {
    expect(parseEvent(makeEvent(parts)).body !== undefined).toBe(hasBody);
  });

  test.each<readonly [string, string, "base64" | "text", string]>([
    ["base64", "w6k=", "base64", "é"],
    ["without its padding", "w6k", "base64", "internal_error"],
    ["with other characters", "w6k*", "base64", "internal_error"],
    ["text", "é", "text", "é"],
    ["half a character", "\ud800", "text", "body_not_utf8"],
  ])("bytes: %s", (_, data, encoding, expected) => {
    const read = () => readBodyBytes({ inputTruncated: false, encoding, data }).toString();
    if (expected.includes("_")) expect(read).toThrow(expect.objectContaining({ code: expected }));
    else expect(read()).toBe(expected);
  });
});

test("a request goes back with what changed, and a body with the action that makes CloudFront take it", () => {
  const request = parseEvent(makeEvent({ body: "a", querystring: "q=1" }));
  expect(writeRequest(request, {})).toEqual(request.original);
  expect(writeRequest(request, { querystring: "q=2", body: Buffer.from("b") })).toEqual({
    ...request.original,
    querystring: "q=2",
    body: { inputTruncated: false, action: "replace", encoding: "base64", data: "Yg==" },
  });
});
