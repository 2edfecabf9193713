import { describe, expect, test } from "@jest/globals";
import { readBodyBytes } from "../../../../edge/event.ts";
import { readSamples } from "../../../../local/command/samples/sample.ts";
import { makeEvent } from "../../../support/edge.ts";

const body = '[{"ssn":"078-05-1120"}]';

function read(content: string | Buffer): readonly object[] {
  return readSamples(Buffer.from(content), "file").map(({ name, request }) => ({
    name,
    method: request.method,
    uri: request.uri,
    querystring: request.querystring,
    type: request.headers["content-type"]?.[0]?.value,
    body: request.body === undefined ? undefined : readBodyBytes(request.body).toString("utf8"),
  }));
}

const expected = {
  name: "file",
  method: "POST",
  uri: "/people",
  querystring: "a=%20b",
  type: "application/json",
  body,
};

const event = makeEvent({ body, querystring: "a=%20b" });
const harRequest = {
  method: "POST",
  url: "https://example.com/people?a=%20b#fragment",
  headers: [
    { name: ":method", value: "POST" },
    { name: "Content-Type", value: "application/json" },
  ],
  postData: { mimeType: "application/json", text: body },
};
const makeHar = (...requests: readonly object[]): string =>
  JSON.stringify({ log: { version: "1.2", entries: requests.map((request) => ({ request, response: {} })) } });
const head = "POST /people?a=%20b HTTP/1.1\r\nHost: example.com\r\nContent-Type:  application/json \r\n";

describe("one request", () => {
  test.each<[string, string]>([
    ["an event", JSON.stringify(event)],
    ["an event over several lines", JSON.stringify(event, null, 2)],
    ["HAR", makeHar(harRequest)],
    [
      "HAR with base64",
      makeHar({ ...harRequest, postData: { encoding: "base64", text: Buffer.from(body).toString("base64") } }),
    ],
    ["HAR without the header", makeHar({ ...harRequest, headers: [] })],
    ["HTTP", `${head}\r\n${body}`],
    ["HTTP with LF", `${head}\r\n${body}`.replaceAll("\r\n", "\n")],
    ["HTTP with an absolute target", `${head}\r\n${body}`.replace("/people", "https://example.com/people")],
    ["HTTP with a length, and an editor's line's end", `${head}Content-Length: ${body.length}\r\n\r\n${body}\n`],
    ["HTTP with a length that is no longer true", `${head}Content-Length: 3\r\n\r\n${body}`],
    [
      "HTTP in chunks",
      [
        `${head}Transfer-Encoding: chunked\r\n`,
        "5",
        body.slice(0, 5),
        `${(body.length - 5).toString(16)};x=y`,
        body.slice(5),
        "0\r\n\r\n",
      ].join("\r\n"),
    ],
  ])("%s", (_, content) => {
    expect(read(content)).toEqual([expected]);
  });

  test("a body that is no text", () => {
    const [sample] = readSamples(Buffer.concat([Buffer.from(`${head}\r\n`), Buffer.from([0, 255, 10])]), "file");
    expect(sample?.request.body && [...readBodyBytes(sample.request.body)]).toEqual([0, 255, 10]);
  });

  test("a form of HAR without its text", () => {
    const postData = { mimeType: "application/x-www-form-urlencoded", params: [{ name: "a b", value: "ü&" }] };
    expect(read(makeHar({ ...harRequest, headers: [], postData }))).toMatchObject([{ body: "a+b=%C3%BC%26" }]);
  });

  test("a path is not normalised", () => {
    expect(read("GET /a/../b//c?d HTTP/1.1\r\n\r\n")).toMatchObject([
      { uri: "/a/../b//c", querystring: "d", body: undefined },
    ]);
    expect(read(makeHar({ ...harRequest, url: "https://x/a/../%7Eb" }))).toMatchObject([{ uri: "/a/../%7Eb" }]);
  });
});

describe("several", () => {
  test.each([
    ["a list", JSON.stringify([event, event])],
    ["one a line", `${JSON.stringify(event)}\n\n${JSON.stringify(event)}\n`],
    ["HAR", makeHar(harRequest, harRequest)],
  ])("%s", (_, content) => {
    expect(read(content)).toEqual([
      { ...expected, name: "file (1)" },
      { ...expected, name: "file (2)" },
    ]);
  });
});

describe("refused, without a word of the content", () => {
  test.each([
    ["nothing", ""],
    ["text", "CANARY"],
    ["cut JSON", '{"CANARY":'],
    ["other JSON", '{"CANARY":1}'],
    ["a number", "17"],
    ["an empty HAR", '{"log":{"entries":[]}}'],
    ["an event of another kind", '{"Records":[{"cf":{"request":{"CANARY":1}}}]}'],
    ["HAR without a URL", makeHar({ method: "CANARY", url: "CANARY" })],
    ["an entry of HAR alone", JSON.stringify({ request: harRequest, CANARY: 1 })],
    ["HTTP with a broken header", "GET / HTTP/1.1\r\nCANARY\r\n\r\n"],
    ["HTTP with broken chunks", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nCANARY"],
  ])("%s", (_, content) => {
    expect(() => read(content)).toThrow(/file: /);
    expect(() => read(content)).toThrow(expect.not.objectContaining({ message: expect.stringContaining("CANARY") }));
  });
});
