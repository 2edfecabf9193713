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
import { decodeBody } from "../../../edge/body/decode.ts";
import { callEdge, makeEvent, makePolicy, openTokens } from "../../support/edge.ts";
import { secret } from "../../support/protected-bodies.ts";

const body = `{"ssn":"${secret}","a":1.0}`;
const policy = makePolicy([{ body: ["$.ssn"] }]);

function bytesOf(result: object): Buffer {
  const { data }: { readonly data?: unknown } = Object(Object(result).body);
  return Buffer.from(String(data), "base64");
}

function withCoding(bytes: Buffer, coding: string | readonly string[]) {
  return makeEvent({ body: bytes, headers: { "content-encoding": coding } });
}

describe("a body without its codings, or why not", () => {
  test.each<readonly [why: string, bytes: Buffer, codings: readonly string[], kind: string, textOrCode: string]>([
    ["no coding", Buffer.from("a"), [], "decoded", "a"],
    ["no coding by name", Buffer.from("a"), ["identity"], "decoded", "a"],
    [
      "no coding, and longer than the limit, which is for codings",
      Buffer.alloc(31, "a"),
      [],
      "decoded",
      "a".repeat(31),
    ],
    ["one", gzipSync("a"), ["gzip"], "decoded", "a"],
    ["two, the last one undone first", brotliCompressSync(gzipSync("a")), ["gzip", "br"], "decoded", "a"],
    ["an unknown one", gzipSync("a"), ["gzip, exi"], "unknown-coding", "content_coding_unsupported"],
    ["one that the bytes do not have", Buffer.from("a"), ["gzip"], "broken", "content_coding_malformed"],
    ["just within the limit", gzipSync("a".repeat(30)), ["gzip"], "decoded", "a".repeat(30)],
    ["more than the limit", gzipSync("a".repeat(31)), ["gzip"], "broken", "decoded_too_large"],
  ])("%s", (_, bytes, codings, kind, textOrCode) => {
    const decoded = decodeBody(bytes, codings, 30);
    const found = decoded.kind === "decoded" ? decoded.bytes.toString() : decoded.error.code;
    expect([decoded.kind, found]).toEqual([kind, textOrCode]);
  });
});

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
