/** Content codings, charsets, the other parts of a request, required fields, and the log line. */
import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateRawSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateRawSync,
  inflateSync,
  zstdCompressSync,
  zstdDecompressSync,
} from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { callEdge, type EventParts, makeEvent, makePolicy, openTokens } from "../support/edge.ts";

const secret = "078-05-1120";
const body = `{"ssn":"${secret}","a":1.0}`;
const policy = makePolicy([{ body: ["$.ssn"] }]);

function bytesOf(result: object): Buffer {
  const { data }: { readonly data?: unknown } = Object(Object(result).body);
  return Buffer.from(String(data), "base64");
}

function withCoding(bytes: Buffer, coding: string | readonly string[]) {
  return makeEvent({ body: bytes, headers: { "content-encoding": coding } });
}

describe("content codings", () => {
  test.each([
    ["gzip", gzipSync, gunzipSync],
    ["x-gzip", gzipSync, gunzipSync],
    ["GZIP", gzipSync, gunzipSync],
    ["deflate", deflateSync, inflateSync],
    ["br", brotliCompressSync, brotliDecompressSync],
    ["zstd", zstdCompressSync, zstdDecompressSync],
  ])("%s: undone, protected, done again", async (coding, encode, decode) => {
    const { result, status } = await callEdge(policy, withCoding(encode(Buffer.from(body)), coding));
    expect(status).toBeUndefined();
    const text = decode(bytesOf(result)).toString();
    expect(text).toMatch(/^\{"ssn":"#01#[^"]+#10#","a":1\.0\}$/);
    expect((await openTokens({ body: text })).body).toBe(body);
    expect(Object(result).headers["content-encoding"]).toEqual([{ key: "Content-Encoding", value: coding }]);
  });

  test.each([
    ["in one field", "gzip, br"],
    ["in two fields", ["gzip", "identity, br"]],
  ])("several %s, in their order", async (_, coding) => {
    const { result } = await callEdge(policy, withCoding(brotliCompressSync(gzipSync(body)), coding));
    expect(gunzipSync(brotliDecompressSync(bytesOf(result))).toString()).toContain("#01#");
  });

  test("gzip in several members is one text", async () => {
    const bytes = Buffer.concat([gzipSync(body.slice(0, 9)), gzipSync(body.slice(9))]);
    expect(gunzipSync(bytesOf((await callEdge(policy, withCoding(bytes, "gzip"))).result)).toString()).toContain(
      '"#01#',
    );
  });

  test("deflate data that is one body to readers of zlib and another to readers of bare deflate data", async () => {
    const bytes = makeTwofoldDeflate('{"a":1}', body);
    expect(inflateSync(bytes).toString()).toMatch(/\{"a":1\}$/);
    expect(inflateRawSync(bytes).toString()).toMatch(/"a":1\.0\}$/);
    expect((await callEdge(policy, withCoding(bytes, "deflate"))).code).toBe("content_coding_malformed");
  });

  test("nothing to protect: the bytes that came", async () => {
    const event = withCoding(gzipSync('{"a":1}', { level: 1 }), "gzip");
    expect((await callEdge(policy, event)).result).toEqual(event.Records[0]?.cf.request);
  });

  test.each([
    ["a bomb", gzipSync(Buffer.alloc(6_000_000, " ")), "gzip", "decoded_too_large"],
    ["a bomb in a bomb", gzipSync(gzipSync(Buffer.alloc(60_000_000, " "))), "gzip, gzip", "decoded_too_large"],
    ["cut off", gzipSync(body).subarray(0, 20), "gzip", "content_coding_malformed"],
    ["text behind it", Buffer.concat([gzipSync(body), Buffer.from(body)]), "gzip", "content_coding_malformed"],
    [
      "text behind brotli",
      Buffer.concat([brotliCompressSync(body), Buffer.from("x")]),
      "br",
      "content_coding_malformed",
    ],
    ["bare deflate data", deflateRawSync(body), "deflate", "content_coding_malformed"],
    ["not coded at all", Buffer.from(body), "br", "content_coding_malformed"],
    ["unknown", Buffer.from(body), "aws-chunked", "content_coding_unsupported"],
    ["unknown beside known", gzipSync(body), "gzip, exi", "content_coding_unsupported"],
    ["too many", Buffer.from(body), "gzip, gzip, gzip, gzip, gzip", "content_coding_unsupported"],
    ["a marker inside", gzipSync('{"a":"#01#"}'), "gzip", "marker_in_input"],
    ["malformed inside", gzipSync(`{"ssn":"${secret}"`), "gzip", "body_malformed"],
  ])("%s", async (_, bytes, coding, code) => {
    const answer = await callEdge(policy, withCoding(bytes, coding));
    expect(answer.code).toBe(code);
    expect(JSON.stringify(answer.result) + answer.lines.join()).not.toContain(secret);
  });

  test("a result that is too large only once it is coded again", async () => {
    const rows = Array.from({ length: 4_000 }, () => '{"ssn":"x"}').join();
    const many = makePolicy([{ fields: ["ssn"], contentKey: "field" }], { limits: { fields: 10_000 } });
    expect((await callEdge(many, withCoding(gzipSync(`[${rows}]`), "gzip"))).code).toBe("body_too_large");
  });
});

describe("charsets", () => {
  const named = (charset: string, bytes: Buffer) =>
    makeEvent({ body: bytes, headers: { "content-type": `application/json; charset=${charset}` } });
  test.each([
    ["us-ascii", Buffer.from(body), undefined],
    ["iso-8859-1", Buffer.from(body), undefined],
    ["windows-1252", Buffer.from(body), undefined],
    ["iso-8859-1", Buffer.from('{"ssn":"é"}', "latin1"), "charset_unsupported"],
    ["iso-8859-1", Buffer.from('{"ssn":"é"}', "utf8"), "charset_unsupported"],
    ["utf-16", Buffer.from(body, "utf16le"), "charset_unsupported"],
    ["utf-16le", Buffer.from(body, "utf16le"), "charset_unsupported"],
    ["utf-7", Buffer.from(body), "charset_unsupported"],
    ["utf-8", Buffer.from(`\ufeff${body}`, "utf16le"), "charset_unsupported"],
    ["utf-8", Buffer.from(body, "utf16le"), "charset_unsupported"],
    ["utf-8", Buffer.from(body, "utf16le").swap16(), "charset_unsupported"],
    ["utf-8", Buffer.from([...body].flatMap((character) => [0, 0, 0, character.charCodeAt(0)])), "charset_unsupported"],
    ["UTF8", Buffer.from(body), undefined],
    ['"UTF-8"', Buffer.from(`\ufeff${body}`), undefined],
    ["'utf-8'", Buffer.from(body), "charset_unsupported"],
    ['""', Buffer.from(body), "charset_unsupported"],
    ["utf-8; charset=utf-16", Buffer.from(body), "content_type_missing"],
    ['"utf\\-8"', Buffer.from(body), "content_type_missing"],
  ])("%s", async (charset, bytes, code) => {
    expect((await callEdge(policy, named(charset, bytes))).code).toBe(code);
  });

  test.each([
    [
      "ISO-8859-1",
      Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?><ssn>é</ssn>`, "latin1"),
      "charset_unsupported",
    ],
    [
      "ISO-8859-1, in UTF-8",
      Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?><ssn>é</ssn>`),
      "charset_unsupported",
    ],
    ["ISO-8859-1, ASCII alone", Buffer.from(`<?xml version='1.0' encoding='ISO-8859-1'?><ssn>1</ssn>`), undefined],
    [
      "UTF-8 that is none",
      Buffer.from(`<?xml version="1.0" encoding="utf-8"?><ssn>é</ssn>`, "latin1"),
      "body_not_utf8",
    ],
    ["nothing", Buffer.from("<ssn>é</ssn>", "latin1"), "body_not_utf8"],
  ])("an XML declaration says %s", async (_, bytes, code) => {
    const xml = makePolicy([{ xml: ["//ssn"] }]);
    expect((await callEdge(xml, makeEvent({ body: bytes, headers: { "content-type": "text/xml" } }))).code).toBe(code);
  });

  test.each<readonly [string, string, Buffer]>([
    ["CSV without a mark", "text/csv", Buffer.from(`id,ssn\n1,${secret}`, "utf16le")],
    ["CSV that begins beyond ASCII", "text/csv", Buffer.from(`世,ssn\n1,${secret}`, "utf16le")],
    ["plain text", "text/plain", Buffer.from(secret, "utf16le")],
    ["XML", "application/xml", Buffer.from(`<ssn>${secret}</ssn>`, "utf16le").swap16()],
    ["a form", "application/x-www-form-urlencoded", Buffer.from(`ssn=${secret}`, "utf16le")],
    [
      "a form in parts that says so",
      "multipart/form-data; boundary=b; charset=utf-16",
      Buffer.from(`--b\r\nContent-Disposition: form-data; name="ssn"\r\n\r\n${secret}\r\n--b--`),
    ],
    ["a form in parts in EBCDIC", "multipart/form-data; boundary=b; charset=ibm037", Buffer.from("--b--")],
  ])("UTF-16: %s", async (_, contentType, bytes) => {
    const wide = makePolicy([{ fields: ["ssn"], detect: ["us-ssn"] }]);
    const answer = await callEdge(wide, makeEvent({ body: bytes, headers: { "content-type": contentType } }));
    expect([answer.status, answer.code]).toEqual(["415", "charset_unsupported"]);
  });
});

/** Stored blocks that overlap: RFC 1950's reader gets blanks and one text, RFC 1951's some bytes and the other. */
function makeTwofoldDeflate(zlibText: string, bareText: string): Buffer {
  const stored = (text: string | Buffer, final: boolean): Buffer => {
    const lengths = Buffer.alloc(5, final ? 1 : 0);
    lengths.writeUInt16LE(text.length, 1);
    lengths.writeUInt16LE(~text.length & 0xffff, 3);
    return Buffer.concat([lengths, Buffer.from(text)]);
  };
  // The header's second byte is the low one of the bare block's length, and the complement of that is the zlib block's.
  const [bareLength, zlibLength] = [0x5e, ~0x5e & 0xffff];
  const content = Buffer.alloc(zlibLength, " ");
  stored(bareText, true).copy(content, bareLength - 2);
  const text = Buffer.concat([content, Buffer.from(zlibText)]);
  let [a, b] = [1, 0];
  for (const byte of text) [a, b] = [(a + byte) % 65_521, (b + a + byte) % 65_521];
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(b * 65_536 + a);
  return Buffer.concat([Buffer.from([0x78, 0x5e]), stored(content, false), stored(zlibText, true), checksum]);
}

const sealed = "(?:%23|#)01(?:%23|#)eyJ[A-Za-z0-9_.-]+(?:%23|#)10(?:%23|#)";

describe("the query string", () => {
  const rule = { query: ["ssn", "card*"] };
  test.each([
    ["a name", `a=1&ssn=${secret}&b`, "a=1&ssn=<T>&b"],
    ["a wildcard and brackets", "cardNo=1&x[ssn]=2&x=%zz".replace("&x=%zz", ""), "cardNo=<T>&x[ssn]=<T>"],
    ["nothing", "a=1&&b=%C3%a9+", "a=1&&b=%C3%a9+"],
  ])("%s", async (_, querystring, shape) => {
    const { result } = await callEdge(makePolicy([rule]), makeEvent({ method: "GET", querystring }));
    expect(Object(result).querystring.replace(new RegExp(sealed, "g"), "<T>")).toBe(shape);
    const opened = await openTokens({
      body: Object(result).querystring,
      contentType: "application/x-www-form-urlencoded",
    });
    expect(opened.body).toBe(querystring);
  });

  test("tokens are sealed, even where the rule says direct", async () => {
    const { result } = await callEdge(
      makePolicy([{ ...rule, fields: ["a"], token: "direct" }]),
      makeEvent({ querystring: `ssn=${secret}` }),
    );
    expect(Object(result).querystring).toMatch(new RegExp(`^ssn=${sealed}$`));
    expect(Object(result)).not.toHaveProperty("body");
  });

  test.each([
    ["too long", `ssn=${"x".repeat(6_000)}`, "414", "url_too_long"],
    ["a semicolon", `a=1;ssn=${secret}`, "400", "body_ambiguous"],
    ["half an escape", "ssn=%4", "400", "body_malformed"],
  ])("%s", async (_, querystring, status, code) => {
    const answer = await callEdge(makePolicy([rule]), makeEvent({ querystring }));
    expect([answer.status, answer.code]).toEqual([status, code]);
  });

  test("by detector", async () => {
    const detecting = makePolicy([{ detect: ["us-ssn"], detectIn: ["query"] }]);
    const { result } = await callEdge(detecting, makeEvent({ querystring: `q=is+${secret}+mine&a=1` }));
    expect(Object(result).querystring).toMatch(new RegExp(`^q=is\\+${sealed}\\+mine&a=1$`));
  });
});

describe("header fields", () => {
  test("chosen ones, each value, and no others", async () => {
    const headers = { "x-ssn": [secret, "2"], "X-User-Card": "3", "x-other": secret };
    const { result } = await callEdge(makePolicy([{ headers: ["X-SSN", "x-user-*"] }]), makeEvent({ headers }));
    const written = Object(result).headers;
    expect(written["x-ssn"].map(({ value }: { value: string }) => new RegExp(`^${sealed}$`).test(value))).toEqual([
      true,
      true,
    ]);
    expect(written["x-user-card"][0].value).toMatch(new RegExp(`^${sealed}$`));
    expect(written["x-other"][0].value).toBe(secret);
    expect((await openTokens({ body: written["x-ssn"][0].value, contentType: "text/plain" })).body).toBe(secret);
  });

  test("an underscore is a dash to CGI's heirs", async () => {
    const { result } = await callEdge(makePolicy([{ headers: ["x-ssn"] }]), makeEvent({ headers: { x_ssn: secret } }));
    expect(Object(result).headers["x_ssn"][0].value).toMatch(new RegExp(`^${sealed}$`));
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

describe("cookies", () => {
  test.each([
    ["one", `a=1; ssn=${secret}; b=2`, "a=1; ssn=<T>; b=2"],
    ["without blanks", "ssn=1;b=2", "ssn=<T>;b=2"],
    ["quoted", 'ssn="x y"', "ssn=<T>"],
    ["an equals sign in it", "ssn=a=b=", "ssn=<T>"],
    ["twice", "ssn=1; ssn=2", "ssn=<T>; ssn=<T>"],
    ["none", "a=1;;  b", "a=1;;  b"],
    ["an escaped name", "s%73n=1", "s%73n=<T>"],
  ])("%s", async (_, cookie, shape) => {
    const { result } = await callEdge(
      makePolicy([{ cookies: ["ssn"] }]),
      makeEvent({ method: "GET", headers: { cookie } }),
    );
    const { value } = Object(result).headers.cookie[0];
    expect(value.replace(new RegExp(sealed, "g"), "<T>")).toBe(shape);
    expect((await openTokens({ body: value, contentType: "text/plain" })).body).toBe(cookie);
  });

  test.each([
    ["a quoted value that goes on behind a semicolon", `ssn="1; ${secret}"`],
    ["a quote that opens within a value", `ssn=1, a="; ${secret}"`],
    ["a comma", `a=1, ssn=${secret}`],
    ["a blank", `a=1 ssn=${secret}`],
    ["blanks around the equals sign", `a=1 ssn = ${secret}`],
    ["a quote", `a="x;" ssn=${secret}`],
    ["no name", `=ssn=${secret}`],
    ["a comma in another selected one", `ssn=1",ssn= "a;${secret}"`],
  ])("some readers see another cookie: %s", async (_, cookie) => {
    const answer = await callEdge(
      makePolicy([{ cookies: ["ssn"] }]),
      makeEvent({ method: "GET", headers: { cookie } }),
    );
    expect([answer.status, answer.code]).toEqual(["400", "body_ambiguous"]);
  });

  test("several fields, each of them, and the order of all", async () => {
    const event = makeEvent({ method: "GET", headers: { cookie: ["a=1; ssn=2", "ssn=3;b", "c=4"] } });
    const { result } = await callEdge(makePolicy([{ cookies: ["ssn"] }]), event);
    const values = Object(result).headers.cookie.map(({ value }: { value: string }) =>
      value.replace(new RegExp(sealed, "g"), "<T>"),
    );
    expect(values).toEqual(["a=1; ssn=<T>", "ssn=<T>;b", "c=4"]);
  });
});

describe("path segments", () => {
  const named = makePolicy([{ path: "/people/{ssn}/cards", segments: ["ssn"] }]);
  test.each([
    ["one", `/people/${secret}/cards`],
    ["encoded", "/people/a%20b%C3%A9/cards"],
  ])("%s", async (_, uri) => {
    const { result } = await callEdge(named, makeEvent({ method: "GET", uri }));
    expect(Object(result).uri).toMatch(new RegExp(`^/people/${sealed}/cards$`));
    const [, , token] = Object(result).uri.split("/");
    expect(
      encodeURIComponent((await openTokens({ body: decodeURIComponent(token), contentType: "text/plain" })).body),
    ).toBe(uri.split("/")[2]);
  });

  test.each([`/people//${secret}/cards`, `/people/${secret}%2fx/cards`, `/people/x/../${secret}/cards`])(
    "%s is ambiguous, or not covered",
    async (uri) => {
      const answer = await callEdge(named, makeEvent({ method: "GET", uri }));
      expect([answer.code, answer.status]).toEqual(["path_ambiguous", "400"]);
    },
  );

  test("by detector", async () => {
    const detecting = makePolicy([{ path: "/**", detect: ["us-ssn"], detectIn: ["path"] }]);
    const { result } = await callEdge(
      detecting,
      makeEvent({ method: "GET", uri: `/a/x-is ${secret}`.replace(" ", "%20") }),
    );
    expect(Object(result).uri).toMatch(new RegExp(`^/a/x-is%20${sealed}$`));
  });

  test.each([
    ["no such name", { path: "/people/{id}", segments: ["ssn"] }],
    ["behind **", { path: "/**/{ssn}", segments: ["ssn"] }],
  ])("%s is refused when the policy is built", (_, rule) => {
    expect(() => makePolicy([rule])).toThrow(/\$\.rules\[0\]\.segments\[0\]/);
  });
});

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

describe("the log line", () => {
  test("is embedded metric format, with counts by selector", async () => {
    const counted = makePolicy([{ name: "r", body: ["$.ssn", "$.none"], detect: ["email"] }]);
    const text = `{"ssn":"${secret}","mail":"a@b.co"}`;
    const { lines, result } = await callEdge(counted, makeEvent({ body: text }));
    const line = JSON.parse(lines[0] ?? "");
    expect(line).toMatchObject({
      outcome: "protected",
      code: "none",
      requests: 1,
      tokens: 2,
      requestId: "request-id-1",
      rules: ["r"],
      matches: { r: { "$.ssn": 1, "$.none": 0, email: 1 } },
      bytesIn: text.length,
      bytesOut: bytesOf(result).length,
      durationMs: expect.any(Number),
    });
    const [{ Namespace, Dimensions, Metrics }] = line._aws.CloudWatchMetrics;
    expect(Namespace).toBe("Fieldseal");
    expect(line._aws.Timestamp).toBeGreaterThan(1.7e12);
    for (const name of Dimensions.flat()) expect(typeof line[name]).toBe("string");
    for (const { Name } of Metrics) expect(typeof line[Name]).toBe("number");
  });

  test("counts selectors that are spelt alike each for itself", async () => {
    const rules = [{ name: "r", fields: ["ssn"], query: ["ssn"], cookies: ["ssn"] }];
    const { lines } = await callEdge(makePolicy(rules), makeEvent({ body, querystring: "ssn=1&ssn=2" }));
    expect(JSON.parse(lines[0] ?? "")["matches"]).toEqual({ r: { ssn: 1, "ssn (2)": 2, "ssn (3)": 0 } });
  });
});
