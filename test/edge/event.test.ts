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

  const request = { method: "GET", uri: "/", headers: {} };
  const parse = (parts: object, config: unknown = { requestId: "r" }) =>
    parseEvent({ Records: [{ cf: { config, request: { ...request, ...parts } } }] });

  test("each member, and the request as it came", () => {
    const parts = { ...request, querystring: "q", headers: { a: [{ key: "A", value: "1" }, { value: "2" }] } };
    const body = { inputTruncated: true, encoding: "text", data: "x", action: "read-only" };
    expect(parse({ ...parts, body })).toStrictEqual({
      requestId: "r",
      method: "GET",
      uri: "/",
      querystring: "q",
      headers: { a: [{ key: "A", value: "1" }, { value: "2" }] },
      body: { inputTruncated: true, encoding: "text", data: "x" },
      original: { ...parts, body },
    });
  });

  test.each<[why: string, parts: object, config: unknown, expected: object]>([
    ["no query string", {}, {}, { querystring: "" }],
    ["no id", {}, {}, { requestId: undefined }],
    ["an id that is none", {}, { requestId: 7 }, { requestId: undefined }],
    ["no configuration", {}, undefined, { requestId: "r" }],
    ["a configuration that is none", {}, 7, { requestId: undefined }],
    ["no header fields", { headers: undefined }, {}, { headers: {} }],
    ["no body", { body: null }, {}, { body: undefined }],
    [
      "a body without a coding",
      { body: { data: "eA==" } },
      {},
      { body: { inputTruncated: false, encoding: "base64", data: "eA==" } },
    ],
    [
      "a body that is cut in another way",
      { body: { data: "x", inputTruncated: 1 } },
      {},
      { body: { inputTruncated: false } },
    ],
  ])("%s", (_, parts, config, expected) => {
    expect(parse(parts, config)).toMatchObject(expected);
  });

  test.each<[why: string, event: unknown]>([
    ["records that are none", { Records: { 0: {} } }],
    ["a record that is none", { Records: [7] }],
    ["a request that is none", { Records: [{ cf: { request: 7 } }] }],
  ])("internal_error: %s", (_, event) => {
    expect(() => parseEvent(event)).toThrow(expect.objectContaining({ code: "internal_error" }));
  });

  test.each<[why: string, parts: object]>([
    ["a method", { method: 7 }],
    ["a URI", { uri: 7 }],
    ["a query string", { querystring: 7 }],
    ["header fields", { headers: 7 }],
    ["entries of a field", { headers: { a: { value: "1" } } }],
    ["an entry", { headers: { a: ["1"] } }],
    ["an entry's value", { headers: { a: [{ key: "a" }] } }],
    ["an entry's key", { headers: { a: [{ key: 7, value: "1" }] } }],
    ["a body", { body: 7 }],
    ["a body's data", { body: { data: 7 } }],
    ["a body's coding", { body: { data: "x", encoding: "utf8" } }],
  ])("internal_error: %s of another type", (_, parts) => {
    expect(() => parse(parts)).toThrow(expect.objectContaining({ code: "internal_error" }));
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
    ["two characters of padding", "w6k4OA==", "base64", "\u00e988"],
    ["without padding", "w6k4", "base64", "\u00e98"],
    ["padding at the beginning", "==w6", "base64", "internal_error"],
    ["without its two characters of padding", "eA", "base64", "internal_error"],
    ["nothing", "", "base64", ""],
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
