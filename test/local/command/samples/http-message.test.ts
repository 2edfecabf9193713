import { describe, expect, test } from "@jest/globals";
import { MalformedHttp, parseHttpMessage, requestLine } from "../../../../local/command/samples/http-message.ts";

const parse = (text: string): object => {
  const { body, ...head } = parseHttpMessage(Buffer.from(text, "latin1"));
  return { ...head, body: body.toString("latin1") };
};

describe("a message", () => {
  test.each<[why: string, text: string, expected: object]>([
    ["without a blank line", "GET /a HTTP/1.1\r\n", { method: "GET", target: "/a", headers: [], body: "" }],
    ["with LF", "GET /a HTTP/1.1\nA:  b \n\nx", { headers: [["A", "b"]], body: "x" }],
    ["with an absolute target", "GET https://h/a?b HTTP/1.1\r\n\r\n", { target: "/a?b" }],
    ["with a length and a line's end", "POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx\r\n", { body: "x" }],
    ["with a length that was true once", "POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nxyz", { body: "xyz" }],
    ["without a length", "POST / HTTP/1.1\r\n\r\nx\n", { body: "x\n" }],
    [
      "in chunks with extensions and a trailer",
      "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n1;a=b\r\nx\r\n2\r\nyz\r\n0\r\nA: b\r\n\r\n",
      { body: "xyz" },
    ],
  ])("%s", (_, text, expected) => {
    expect(parse(text)).toMatchObject(expected);
  });

  test.each<[why: string, text: string]>([
    ["a line that is no header field", "GET / HTTP/1.1\r\nsecret\r\n\r\n"],
    ["a name with a blank", "GET / HTTP/1.1\r\nA : secret\r\n\r\n"],
    ["chunks without a length", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nsecret"],
  ])("%s is refused without a word of it", (_, text) => {
    expect(() => parse(text)).toThrow(MalformedHttp);
    expect(() => parse(text)).not.toThrow(/secret/);
  });
});

test.each<[text: string, isRequest: boolean]>([
  ["GET / HTTP/1.1\r\n", true],
  ["M-SEARCH * HTTP/1.0\n", true],
  ["GET / HTTP/2\r\n", false],
  ["GET /a b HTTP/1.1\r\n", false],
  ['{"a":"GET / HTTP/1.1"}\n', false],
])("%j begins a request: %j", (text, isRequest) => {
  expect(requestLine.test(text)).toBe(isRequest);
});
