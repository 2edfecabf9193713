import { expect, test } from "@jest/globals";
import { parseHarRequest } from "../../../../local/command/samples/har.ts";

const url = "https://example.com/a?b#c";

test.each<[why: string, request: Readonly<Record<string, unknown>>, expected: object]>([
  ["without anything but a method", {}, { target: "/a?b", headers: [], body: "" }],
  ["without headers of HTTP/2", { headers: [{ name: ":path", value: "/" }] }, { headers: [] }],
  [
    "without headers that are none",
    { headers: [{ name: "a" }, 1, { name: "b", value: "c" }] },
    { headers: [["b", "c"]] },
  ],
  ["with a text", { postData: { text: "é" } }, { body: "é" }],
  ["with base64", { postData: { text: "w6k=", encoding: "base64" } }, { body: "é" }],
  ["with a form alone", { postData: { params: [{ name: "a b", value: "&" }] } }, { body: "a+b=%26" }],
  ["with an empty text and a form", { postData: { text: "", params: [{ name: "a", value: "b" }] } }, { body: "a=b" }],
  [
    "with a type of its body alone",
    { postData: { mimeType: "text/plain" } },
    { headers: [["Content-Type", "text/plain"]] },
  ],
  [
    "with a type in its headers too",
    { headers: [{ name: "content-type", value: "a/b" }], postData: { mimeType: "text/plain" } },
    { headers: [["content-type", "a/b"]] },
  ],
])("a request %s", (_, request, expected) => {
  const parsed = parseHarRequest({ method: "POST", url, ...request });
  expect({ ...parsed, body: parsed?.body.toString() }).toMatchObject({ method: "POST", ...expected });
});

test.each<[why: string, request: Readonly<Record<string, unknown>>]>([
  ["without a method", { url }],
  ["without a URL", { method: "GET" }],
  ["with a path as its URL", { method: "GET", url: "/a" }],
])("a request %s is none", (_, request) => {
  expect(parseHarRequest(request)).toBeUndefined();
});
