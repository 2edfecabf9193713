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
  [
    "with cookies alone",
    {
      cookies: [
        { name: "a", value: "1" },
        { name: "b", value: "2" },
      ],
    },
    { headers: [["Cookie", "a=1; b=2"]] },
  ],
  [
    "with cookies in its headers too",
    { headers: [{ name: "cookie", value: "a=1" }], cookies: [{ name: "b", value: "2" }] },
    { headers: [["cookie", "a=1"]] },
  ],
])("a request %s", (_, request, expected) => {
  const parsed = parseHarRequest({ method: "POST", ...request }, url);
  expect({ ...parsed, body: parsed?.body.toString() }).toMatchObject({ method: "POST", ...expected });
});

test.each<[why: string, request: object, address: string]>([
  ["no method", {}, url],
  ["no URL", { method: "GET" }, "/a"],
])("%s is none", (_, request, address) => {
  expect(parseHarRequest({ ...request }, address)).toBeUndefined();
});
