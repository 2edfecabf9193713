import { describe, expect, test } from "@jest/globals";
import { parseEvent } from "../../../edge/event.ts";
import { planHead } from "../../../edge/head/plan.ts";
import { writeHead } from "../../../edge/head/write.ts";
import { type EventParts, makeEvent, makePolicy } from "../../support/edge.ts";

const policy = makePolicy([
  { path: "/people", query: ["q"], headers: ["x-a"] },
  { path: "/people/{s}", segments: ["s"] },
]);

/** The changes with payloads of that length. */
function write(parts: EventParts, characters = 20) {
  const request = parseEvent(makeEvent(parts));
  const plans = planHead(request, policy.rules, policy, { remaining: 1_000 });
  return writeHead(request, plans, () => "x".repeat(characters));
}

const payload = "x".repeat(20);

describe("a head goes back", () => {
  test("nothing found, nothing changed", () => {
    expect(write({ querystring: "a=1" })).toEqual({});
  });

  test("with the parts that changed, tokens percent-encoded in the URL", () => {
    expect(write({ querystring: "a=1&q=2", uri: "/people/7" })).toEqual({
      uri: `/people/%2301%23${payload}%2310%23`,
      querystring: `a=1&q=%2301%23${payload}%2310%23`,
    });
  });

  test("with every header field, of which the values that changed keep their names and places", () => {
    const { headers } = write({ headers: { "x-a": ["1", "2"], "x-b": "3" } });
    expect(headers).toMatchObject({
      "x-a": [
        { key: "X-A", value: `#01#${payload}#10#` },
        { key: "X-A", value: `#01#${payload}#10#` },
      ],
      "x-b": [{ key: "X-B", value: "3" }],
    });
  });

  // `/people?q=` and the encoded markers are 26 characters.
  test.each([
    [8_191 - 26, undefined],
    [8_191 - 25, "url_too_long"],
  ])("a URL whose payload has %i characters: %s", (characters, code) => {
    const attempt = () => write({ querystring: "q=1" }, characters);
    if (code === undefined) expect(attempt).not.toThrow();
    else expect(attempt).toThrow(expect.objectContaining({ code }));
  });

  // Names, values, and four characters for each colon, blank and line end, without the payload.
  const rest = "/people".length + "hostd111111abcdef8.cloudfront.net".length + "content-typeapplication/json".length;
  const fixed = rest + "x-a#01##10#".length + 3 * 4;
  test.each([
    [32_768 - fixed, undefined],
    [32_768 - fixed + 1, "headers_too_large"],
  ])("a header field whose payload has %i characters: %s", (characters, code) => {
    const attempt = () => write({ headers: { "x-a": "1" } }, characters);
    if (code === undefined) expect(attempt).not.toThrow();
    else expect(attempt).toThrow(expect.objectContaining({ code }));
  });

  test("what came in beyond the limits and was not changed goes on", () => {
    expect(write({ querystring: "z".repeat(9_000), headers: { "x-b": "z".repeat(40_000) } })).toEqual({});
  });
});
