/** Views: their settings, and which one a token gets. */
import { expect, test } from "@jest/globals";
import { ConfigValue } from "../../../../core/config/config-value.ts";
import { maskOf, parseViews, type View, viewOf, views } from "../../../../core/decrypt/reader/view.ts";
import { formatHeader, type Payload, parsePayload } from "../../../../core/token/grammar.ts";

const base64url = (size: number): string => Buffer.alloc(size).toString("base64url");
const sealed = (label?: string): string => {
  const header = formatHeader({ contentType: "json", ...(label === undefined ? {} : { label }) });
  return [header, base64url(256), base64url(12), base64url(32), base64url(16)].join(".");
};
const read = (text: string): Payload => {
  const payload = parsePayload(text);
  if (payload === undefined) throw new TypeError("a payload is needed");
  return payload;
};

const reader = { views: new Map<string, View>([["ssn", "last-four"]]) };

test.each<[payload: string, view: View, why: string]>([
  [sealed("ssn"), "last-four", "its label has a view"],
  [sealed("name"), "token", "its label has none"],
  [sealed(), "token", "no label"],
  [Buffer.alloc(256).toString("base64"), "token", "direct"],
])("%#: %s, %s", (payload, view) => {
  expect(viewOf(reader, { view: "token" }, read(payload))).toBe(view);
});

test("masks are views, and all other views are none", () => {
  expect(views.filter((view) => maskOf(view) === undefined)).toEqual(["full", "pseudonym", "token"]);
  expect(maskOf("last-four")?.("4111111111111111")).toBe("****1111");
});

test("settings are read by name", () => {
  const given = new ConfigValue({ "01": "full", "02": "token" }, "$.views.recipients", "reader_invalid");
  expect([...parseViews(given)].map(([name, { view, setting }]) => [name, view, setting.place])).toEqual([
    ["01", "full", '$.views.recipients["01"]'],
    ["02", "token", '$.views.recipients["02"]'],
  ]);
  expect(parseViews(undefined).size).toBe(0);
});

test.each<[value: unknown, place: string, reason: RegExp, why: string]>([
  [{ ssn: "last-five" }, "$.labels.ssn", /last-four/, "no view"],
  [["full"], "$.labels", /object/, "a list"],
])("%j is refused at %s with %s: %s", (value, place, reason) => {
  expect(() => parseViews(new ConfigValue(value, "$.labels", "reader_invalid"))).toThrow(
    expect.objectContaining({ code: "reader_invalid", facts: { place, reason: expect.stringMatching(reason) } }),
  );
});
