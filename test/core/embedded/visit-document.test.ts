/** A visit to a document, for an action that looks for a word and has never heard of tokens. */
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { type NodeAction, visitDocument } from "../../../core/embedded/visit-document.ts";
import { listBroken, listSites, type NodeSite, writeDocument } from "../../../core/embedded/visited-document.ts";

interface WordSite extends NodeSite {
  readonly within: readonly string[];
  readonly format: string;
}

/** Finds a word, and keeps the texts before the texts that it is wrapped up in. */
function findWord(within: readonly string[] = []): NodeAction<WordSite> {
  return {
    find: (node, { format }) =>
      [...node.text.matchAll(/MARK/g)].map(({ index }) => ({
        node,
        part: { start: index, end: index + 4 },
        literal: node.text === "MARK" ? node.literal : undefined,
        within,
        format,
      })),
    within: (node, offset) => findWord([...within, node.text.slice(0, offset)]),
  };
}

const visit = (body: string | Buffer, contentType?: string, left = 1_000_000) =>
  visitDocument(Buffer.from(body), contentType, findWord(), {
    mayMatter: (text) => text.includes("MARK"),
    isWhole: (text) => text === "MARK",
    depth: 10,
    budget: { left },
    annotate: undefined,
  });

const filler = "and much more text, so that this is long enough to be taken for base64 of a text by those who look. ";
const base64 = (text: string | Buffer): string => Buffer.from(text).toString("base64");

/** With something else for each word, in quotes where it is a JSON string of its own. */
function replace(body: string | Buffer, contentType?: string): Buffer | undefined {
  const document = visit(body, contentType);
  const written = listSites(document).map(
    ({ site }) => [site, site.literal === undefined ? site.node.encode('"') : "0"] as const,
  );
  return writeDocument(document, new Map(written));
}

describe("what is found, where it is, and what it is wrapped up in", () => {
  const record = base64(`${filler}MARK`);
  test.each<[why: string, body: string | Buffer, contentType: string | undefined, sites: unknown]>([
    ["nothing", filler, undefined, []],
    [
      "words of a text",
      "a MARK MARK",
      undefined,
      [
        [2, [], "text"],
        [7, [], "text"],
      ],
    ],
    ["a string of JSON, at its quote", '["MARK"]', undefined, [[1, [], "json"]]],
    ["a part of one", '["a MARK"]', "application/json", [[4, [], "json"]]],
    ["in base64", `x: ${record}`, undefined, [[3, ["x: "], "text"]]],
    ["in base64 in JSON", JSON.stringify([record]), undefined, [[2, [""], "text"]]],
    ["in base64 in base64", `x: ${base64(`y: ${record}`)}`, undefined, [[3, ["x: ", "y: "], "text"]]],
    ["in gzip", gzipSync("a MARK"), undefined, [[2, [], "text"]]],
    ["in gzip of JSON", gzipSync('["MARK"]'), "application/json", [[1, [], "json"]]],
    ["in an archive of something", gzipSync('["MARK"]'), "application/gzip", [[1, [], "json"]]],
    ["in a counted string", 'x s:4:"MARK";', undefined, [[4, [""], "text"]]],
    ["in JSON in a log line", 'x {"a":"MARK"} y', undefined, [[7, [], "text"]]],
  ])("%s", (_, body, contentType, sites) => {
    expect(listSites(visit(body, contentType)).map(({ site, offset }) => [offset, site.within, site.format])).toEqual(
      sites,
    );
  });
});

describe("what is written", () => {
  test.each<[why: string, body: string, contentType: string | undefined, written: string]>([
    ["text", "a MARK", undefined, 'a "'],
    ["a string of JSON", '{"a":"MARK"}', undefined, '{"a":0}'],
    ["a part of one", '{"a":"b MARK"}', undefined, '{"a":"b \\""}'],
    ["a form", "a=MARK&b=c", "application/x-www-form-urlencoded", "a=%22&b=c"],
    ["base64", `x ${base64(`${filler}MARK`)} y`, undefined, `x ${base64(`${filler}"`)} y`],
    ["a counted string", 's:6:"a MARK";', undefined, 's:3:"a "";'],
    ["JSON in a counted string", 's:8:"["MARK"]";', undefined, 's:3:"[0]";'],
  ])("%s", (_, body, contentType, written) => {
    expect(replace(body, contentType)?.toString()).toBe(written);
  });

  test("gzip, also in base64", () => {
    expect(gunzipSync(replace(gzipSync('["MARK"]')) ?? "").toString()).toBe("[0]");
    const written = String(replace(JSON.stringify({ data: base64(gzipSync(`["MARK","${filler.repeat(3)}"]`)) })));
    const { data } = JSON.parse(written) as { readonly data: string };
    expect(JSON.parse(gunzipSync(Buffer.from(data, "base64")).toString())).toEqual([0, filler.repeat(3)]);
  });

  test("nothing where nothing is found", () => {
    expect(replace(gzipSync(filler))).toBeUndefined();
  });
});

test("what is found is not taken for base64 once more", () => {
  const record = base64(`${filler}MARK`);
  const action: NodeAction<NodeSite> = {
    find: (node) =>
      node.text.length < record.length ? [] : [{ node, part: { start: 5, end: 50 }, literal: undefined }],
    within: () => action,
  };
  const document = visitDocument(Buffer.from(`${record} ${record}`), undefined, action, {
    mayMatter: () => false,
    isWhole: () => false,
    depth: 10,
    budget: { left: 0 },
    annotate: undefined,
  });
  expect([document.sites.length, document.inner.length]).toEqual([0, 0]);
  const looking = visitDocument(Buffer.from(`${record} ${record}`), undefined, action, {
    mayMatter: (text) => text.includes("MARK"),
    isWhole: () => false,
    depth: 10,
    budget: { left: 0 },
    annotate: undefined,
  });
  expect(looking.inner.map(({ node }) => node.start)).toEqual([record.length + 1]);
});

test("gzip that was cut off is told, and the rest is found", () => {
  const cut = base64(gzipSync(filler + Math.PI + Math.E + Math.SQRT2 + Math.LN10)).slice(0, 160);
  const document = visit(JSON.stringify(["MARK", cut]));
  expect(listBroken(document)).toEqual([{ offset: 9, code: "content_coding_malformed" }]);
  expect(document.sites).toHaveLength(1);
});

describe("levels", () => {
  const wrap = (body: Buffer, times: number, around: (body: Buffer) => Buffer): Buffer =>
    Array.from({ length: times }).reduce((inner: Buffer) => around(inner), body);
  const inBase64 = (body: Buffer): Buffer => Buffer.from(`${base64(body)}\n`);
  const inCounted = (body: Buffer): Buffer => Buffer.from(`s:${body.length}:"${body.toString()}";`);
  const long = Buffer.from(`${filler}MARK`);

  test.each([
    ["gzip", (body: Buffer) => gzipSync(body)],
    ["base64", inBase64],
    ["counted strings", inCounted],
  ])("eight of %s, and no more", (_, around) => {
    expect(listSites(visit(wrap(long, 8, around)))).toHaveLength(1);
    expect(() => visit(wrap(long, 9, around))).toThrow(expect.objectContaining({ code: "too_deep" }));
  });
});

describe("refused", () => {
  test.each<[code: string, body: Buffer, contentType: string | undefined, left: number]>([
    ["request_invalid", Buffer.from("a"), "json", 100],
    ["body_not_utf8", Buffer.of(0xff), undefined, 100],
    ["body_malformed", Buffer.from("{MARK"), "application/json", 100],
    ["content_coding_malformed", gzipSync(filler).subarray(0, 40), undefined, 1_000],
    ["decoded_too_large", gzipSync(filler.repeat(20)), undefined, 100],
  ])("%s", (code, body, contentType, left) => {
    expect(() => visit(body, contentType, left)).toThrow(expect.objectContaining({ code }));
  });

  test("but not what is malformed and cannot matter", () => {
    expect(visit("{", "application/json").sites).toEqual([]);
  });

  test("bytes of files are no text, and no gzip", () => {
    const head = '--x\r\nContent-Disposition: form-data; name="MARK"; filename="f"\r\n\r\n';
    const body = Buffer.concat([Buffer.from(head), Buffer.of(0xff, 0x00), Buffer.from("\r\n--x--")]);
    const document = visit(body, "multipart/form-data; boundary=x");
    expect([document.binary, document.sites.length, document.source.length]).toEqual([true, 1, body.length]);
  });
});
