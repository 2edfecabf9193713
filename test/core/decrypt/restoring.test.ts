/** Hostile values in every place: what stands around them stays as it is, for parsers that are not this project's. */
import { privateDecrypt } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { parse as parseCsv } from "csv-parse/sync";
import { SaxesParser } from "saxes";
import { decryptBody } from "../../../core/decrypt/decrypt-texts.ts";
import { parseReader } from "../../../core/decrypt/reader/reader.ts";
import { formatToken } from "../../../core/token/grammar.ts";
import { createRecipient } from "../../../core/token/recipient.ts";
import { createContentKey, sealJson } from "../../../core/token/sealed-content.ts";
import { keys } from "../../support/edge.ts";

const [key] = keys;
const recipient = createRecipient(key, key.publicKeyPem);
const reader = parseReader({
  reader: "test",
  recipients: keys.map(({ id, keyArn, prefix, suffix }) => ({ id, keyArn, prefix, suffix })),
  open: ["01"],
});

const seal = (value: unknown): string =>
  formatToken(recipient, sealJson(createContentKey(recipient), undefined, JSON.stringify(value)));

async function restore(body: string | Buffer, contentType?: string): Promise<Buffer> {
  const result = await decryptBody(
    { body: Buffer.from(body), contentType, onFailure: "fail" },
    reader,
    async (requests) =>
      requests.map(({ ciphertext }) => privateDecrypt({ key: key.privateKeyPem, oaepHash: "sha256" }, ciphertext)),
  );
  return result.body;
}

const values: readonly (readonly [why: string, value: string])[] = [
  ["JSON", '","admin":true,"'],
  ["JSON, escaped already", '\\","admin":true,"'],
  ["a backslash at the end", "x\\"],
  ["backslashes", '\\\\\\"\\u0022'],
  ["CDATA", "]]>"],
  ["markup", "\"><script>alert('1')</script><!-- -->&amp;&#34;"],
  ["a form", "&admin=1&b%26b=%3D+"],
  ["lines", "a\r\nb\nc\rd\te"],
  ["separators of JavaScript and Unicode", "\u2028\u2029\u0085"],
  ["delimiters", 'a,b;c\td|e"f""'],
  ["a formula", "=1+1"],
  ["a delimiter of mails", "--bnd\r\n\r\n--bnd--"],
  ["a token", seal("never")],
  ["markers", "#01##10#"],
  ["base64", gzipSync("x").toString("base64").repeat(20)],
  ["blanks", "  "],
  ["nothing", ""],
  ["emoji", "\u{1f600}\ufeff"],
];

/** A text with a token and what else it holds, and how a parser reads the value and that. */
interface Place {
  readonly name: string;
  readonly contentType?: string;
  readonly write: (token: string) => string | Buffer;
  readonly read: (body: Buffer) => unknown;
}

const record = (token: string): string => JSON.stringify({ a: token, b: ["after", 1] });
const php = (json: string): string => json.replaceAll("/", "\\/");
const readRecord = (json: string): unknown => {
  const { a, b, ...more }: Record<string, unknown> = JSON.parse(json);
  expect([b, more]).toEqual([["after", 1], {}]);
  return a;
};

function between(body: Buffer, before: string, after: string): string {
  const text = body.toString();
  expect([text.startsWith(before), text.endsWith(after)]).toEqual([true, true]);
  return text.slice(before.length, text.length - after.length);
}

function readHtml(text: string): string {
  return text.replace(/&(?:quot|#([0-9]+));/g, (_, code) =>
    code === undefined ? '"' : String.fromCharCode(Number(code)),
  );
}

/** Text in entities alone. */
function markedUp(text: string): string {
  expect(text).not.toMatch(/[<>"']/);
  return readHtml(text);
}

/** Text of elements and values of attributes, in order. */
function readXml(xml: string): readonly string[] {
  const found: string[] = [];
  let text = "";
  const parser = new SaxesParser();
  const flush = (): void => {
    if (found.length > 0 && text !== "") found.push(text);
    text = "";
  };
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }) => {
    flush();
    found.push(name, ...Object.values(attributes).map(String));
  });
  parser.on("closetag", flush);
  parser.on("text", (piece) => (text += piece));
  parser.on("cdata", (piece) => (text += piece));
  parser.write(xml).close();
  return found;
}

const readCell =
  (delimiter: string) =>
  (body: Buffer): unknown => {
    const [head, row, ...more] = parseCsv(body, { delimiter, relax_column_count: false });
    expect([head, row?.slice(1), more]).toEqual([["a", "b"], ["after"], []]);
    return row?.[0];
  };

const wrapLines = (base64: string): string => base64.replace(/.{76}/g, "$&\r\n");

const places: readonly Place[] = [
  { name: "JSON", contentType: "application/json", write: record, read: (body) => readRecord(body.toString()) },
  { name: "JSON without a content type", write: record, read: (body) => readRecord(body.toString()) },
  {
    name: "NDJSON",
    contentType: "application/x-ndjson",
    write: (token) => `${record(token)}\n${record("x")}\n`,
    read: (body) =>
      body
        .toString()
        .split("\n")
        .map((line) => line && readRecord(line))[0],
  },
  {
    name: "JSON in JSON five times, as PHP writes it",
    contentType: "application/json",
    write: (token) => [1, 2, 3, 4, 5].reduce((json) => php(JSON.stringify([json])), php(record(token))),
    read: (body) => readRecord([1, 2, 3, 4, 5].reduce((json) => JSON.parse(json)[0], body.toString())),
  },
  {
    name: "JSON strings in JSON strings",
    write: (token) => [1, 2, 3, 4].reduce((json) => JSON.stringify(json), record(token)),
    read: (body) => readRecord([1, 2, 3, 4].reduce((json) => JSON.parse(json), body.toString())),
  },
  {
    name: "JSON in a line of a log",
    write: (token) => `T10:00Z [INFO] {req=7} got ${record(token)} in 3 ms [ok]\nnext`,
    read: (body) => readRecord(between(body, "T10:00Z [INFO] {req=7} got ", " in 3 ms [ok]\nnext")),
  },
  {
    name: "two in a line",
    write: (token) => `x ${record("y")} ${record(token)}\nnext`,
    read: (body) => readRecord(between(body, `x ${record("y")} `, "\nnext")),
  },
  {
    name: "JSON over lines in a log",
    write: (token) => `body:\n${JSON.stringify(JSON.parse(record(token)), null, 2)}\nnext`,
    read: (body) => readRecord(between(body, "body:\n", "\nnext")),
  },
  {
    name: "JSON that is cut off",
    write: (token) => `x ${record(token).slice(0, -4)}`,
    read: (body) => readRecord(`${between(body, "x ", "")},1]}`),
  },
  {
    name: "quoted JSON in logfmt",
    write: (token) => `level=info msg=${JSON.stringify(`got ${record(token)}`)} n=1`,
    read: (body) => readRecord(String(JSON.parse(between(body, "level=info msg=", " n=1"))).slice(4)),
  },
  {
    name: "JSON behind a time in JSON",
    contentType: "application/json",
    write: (token) => JSON.stringify({ message: `T10\tINFO\t${record(token)}\n` }),
    read: (body) => readRecord(String(JSON.parse(body.toString()).message).slice(9)),
  },
  {
    name: "JSON whose token was wrapped over lines",
    contentType: "text/plain",
    write: (token) => record("here").replace("here", () => wrapLines(token)),
    read: (body) => readRecord(body.toString()),
  },
  {
    name: "JSON that was wrapped around its token too",
    write: (token) => `x ${record("here").replace("here", () => `\n${wrapLines(token)}\r\n`)}`,
    read: (body) => readRecord(between(body, "x ", "").replace(/[\r\n]/g, "")),
  },
  {
    name: "JSON without its beginning",
    contentType: "text/plain",
    write: (token) => ` 1,\n  "a": "${token}",\n  "b": ["after",1]\n}\n`,
    read: (body) => readRecord(`{${between(body, " 1,", "")}`),
  },
  {
    name: "JSON without its beginning, a token in two lines",
    contentType: "text/plain",
    write: (token) => `a" : "${token.slice(0, 30)}=\n${token.slice(30)}" ,"b":["after",1]}`,
    read: (body) => readRecord(`{"${body.toString()}`),
  },
  {
    name: "JSON as Python writes it, with NaN",
    contentType: "text/plain",
    write: (token) => `{"n": NaN, "a": "${token}", "b": ["after", 1]}`,
    read: (body) => readRecord(body.toString().replace('"n": NaN, ', "")),
  },
  {
    name: "a list without its end, wrapped",
    contentType: "text/plain",
    write: (token) => `["${wrapLines(token)}", ["after"`,
    read: (body) => JSON.parse(`${body.toString()}]]`)[0],
  },
  {
    name: "a wrapped name of a member",
    contentType: "text/plain",
    write: (token) => `{"${wrapLines(token)}" : ["after",1]}`,
    read: (body) => readRecord(`{"a":${JSON.stringify(Object.keys(JSON.parse(body.toString()))[0])},"b":["after",1]}`),
  },
  {
    name: "PHP's JSON with its slashes added",
    contentType: "text/plain",
    write: (token) => php(record(token)).replace(/[\\"']/g, "\\$&"),
    read: (body) => readRecord(body.toString().replace(/\\(.)/gs, "$1")),
  },
  {
    name: "PHP's JSON, encoded twice in a query in a text",
    contentType: "text/plain",
    write: (token) => `GET /?q=${encodeURIComponent(encodeURIComponent(php(record(token))))}`,
    read: (body) => readRecord(decodeURIComponent(decodeURIComponent(between(body, "GET /?q=", "")))),
  },
  {
    name: "PHP's JSON in an attribute of HTML",
    contentType: "text/html",
    write: (token) => `<p data-a="${php(record(token)).replaceAll('"', "&quot;")}">`,
    read: (body) => readRecord(readHtml(between(body, '<p data-a="', '">'))),
  },
  {
    name: "PHP's JSON in JSON in an attribute of HTML",
    contentType: "text/html",
    write: (token) =>
      `<p data-a="${JSON.stringify(JSON.stringify([php(record(token))]))
        .slice(1, -1)
        .replaceAll('"', "&quot;")}">`,
    read: (body) => readRecord(JSON.parse(JSON.parse(`"${readHtml(between(body, '<p data-a="', '">'))}"`))[0]),
  },
  {
    name: "JSON in a string, in PHP's escapes, in an attribute",
    contentType: "text/plain",
    write: (token) => `x data-a="${php(JSON.stringify([record(token)]).slice(2, -2)).replaceAll('"', "&quot;")}"`,
    read: (body) => readRecord(JSON.parse(`"${readHtml(between(body, 'x data-a="', '"'))}"`)),
  },
  {
    name: "JSON in an attribute of HTML in single quotes",
    contentType: "text/html",
    write: (token) => `<p data-a='${record(token)}'>`,
    read: (body) => readRecord(readHtml(between(body, "<p data-a='", "'>"))),
  },
  {
    name: "a form",
    contentType: "application/x-www-form-urlencoded",
    write: (token) => new URLSearchParams({ a: token, b: "1" }).toString(),
    read: (body) => readPairs(body.toString()),
  },
  {
    name: "JSON in a form",
    contentType: "application/x-www-form-urlencoded",
    write: (token) => new URLSearchParams({ a: record(token), b: "1" }).toString(),
    read: (body) => readRecord(readPairs(body.toString())),
  },
  {
    name: "a query in a text",
    write: (token) => `GET /?${new URLSearchParams({ a: token, b: "1" }).toString().replaceAll("+", "%20")} x`,
    read: (body) => readPairs(between(body, "GET /?", " x")),
  },
  {
    name: "JSON in a query in a text",
    write: (token) => `GET /?${new URLSearchParams({ a: record(token), b: "1" }).toString()} x`,
    read: (body) => readRecord(readPairs(between(body, "GET /?", " x"))),
  },
  {
    name: "JSON in a query that was encoded twice",
    contentType: "text/plain",
    write: (token) => `GET /?q=${encodeURIComponent(encodeURIComponent(record(token)))}`,
    read: (body) => readRecord(decodeURIComponent(decodeURIComponent(between(body, "GET /?q=", "")))),
  },
  {
    name: "JSON in an attribute of HTML",
    contentType: "text/html",
    write: (token) => `<p data-a="${record(token).replaceAll('"', "&quot;")}">`,
    read: (body) => readRecord(readHtml(between(body, '<p data-a="', '">'))),
  },
  {
    name: "quoted JSON that is cut off",
    write: (token) => `{"m":"${JSON.stringify(record(token)).slice(1, -7)}`,
    read: (body) => readRecord(`${JSON.parse(`"${between(body, `{"m":"`, "")}"`)}",1]}`),
  },
  {
    name: "XML",
    contentType: "application/xml",
    write: (token) => `<r><a>${token}</a><b>after</b></r>`,
    read: (body) => takeOut(readXml(body.toString()), ["r", "a", "b", "after"], 2),
  },
  {
    name: "XML without a content type",
    write: (token) => `<?xml version="1.0"?>\n<r><a>${token}</a><b>after</b></r>`,
    read: (body) => takeOut(readXml(body.toString()), ["r", "a", "b", "after"], 2),
  },
  {
    name: "records of XML, one a line",
    contentType: "text/plain",
    write: (token) => `<r a="${token}"><b>after</b></r>\n<r a="x"><b>${token}</b></r>\n`,
    read: (body) => {
      const [first = "", second = "", ...more] = body.toString().split("\n");
      expect([takeOut(readXml(second), ["r", "x", "b"], 3), more]).toEqual([
        takeOut(readXml(first), ["r", "b", "after"], 1),
        [""],
      ]);
      return takeOut(readXml(first), ["r", "b", "after"], 1);
    },
  },
  {
    name: "HTML that nobody names",
    write: (token) => `<!doctype html><br><p a="${token}">`,
    read: (body) => markedUp(between(body, '<!doctype html><br><p a="', '">')),
  },
  {
    name: "XML with a document type",
    contentType: "application/octet-stream",
    write: (token) => `<?xml version="1.0"?>\n<!DOCTYPE r>\n<r>${token}</r>`,
    read: (body) => markedUp(between(body, '<?xml version="1.0"?>\n<!DOCTYPE r>\n<r>', "</r>")),
  },
  {
    name: "CDATA",
    contentType: "text/xml",
    write: (token) => `<r><a><![CDATA[${token}]]></a><b>after</b></r>`,
    read: (body) => takeOut(readXml(body.toString()), ["r", "a", "b", "after"], 2),
  },
  {
    name: "an attribute",
    contentType: "text/xml",
    write: (token) => `<r a="${token}" b='after'/>`,
    read: (body) => takeOut(readXml(body.toString()), ["r", "after"], 1),
  },
  {
    name: "an attribute in other quotes",
    contentType: "text/xml",
    write: (token) => `<r a='${token}' b="after"/>`,
    read: (body) => takeOut(readXml(body.toString()), ["r", "after"], 1),
  },
  {
    name: "XML in JSON",
    contentType: "application/json",
    write: (token) => JSON.stringify([`<r a="${token}"><b>after</b></r>`]),
    read: (body) => takeOut(readXml(JSON.parse(body.toString())[0]), ["r", "b", "after"], 1),
  },
  {
    name: "JSON in XML",
    contentType: "text/xml",
    write: (token) => `<r>${record(token)}</r>`,
    read: (body) => readRecord(readXml(body.toString())[1] ?? ""),
  },
  { name: "CSV", contentType: "text/csv", write: (token) => `a,b\r\n${token},after\r\n`, read: readCell(",") },
  {
    name: "CSV in quotes",
    contentType: "text/csv",
    write: (token) => `a,b\n"${token}","after"\n`,
    read: readCell(","),
  },
  {
    name: "CSV with semicolons",
    contentType: "text/csv",
    write: (token) => `a;b\r\n${token};after\r\n`,
    read: readCell(";"),
  },
  {
    name: "CSV with tabs, in quotes",
    contentType: "text/csv",
    write: (token) => `"a"\t"b"\r\n"${token}"\t"after"\r\n`,
    read: readCell("\t"),
  },
  {
    name: "JSON in CSV",
    contentType: "text/csv",
    write: (token) => `a,b\r\n"${record(token).replaceAll('"', '""')}",after\r\n`,
    read: (body) => readRecord(String(readCell(",")(body))),
  },
  {
    name: "gzip in gzip",
    write: (token) => gzipSync(gzipSync(record(token))),
    read: (body) => readRecord(gunzipSync(gunzipSync(body)).toString()),
  },
  {
    name: "base64 of gzip in a line",
    write: (token) => `data=${gzipSync(record(token)).toString("base64")} end`,
    read: (body) => readRecord(gunzipSync(Buffer.from(between(body, "data=", " end"), "base64")).toString()),
  },
  {
    name: "base64 of gzip in JSON in a form",
    contentType: "application/x-www-form-urlencoded",
    write: (token) =>
      new URLSearchParams({ a: JSON.stringify([gzipSync(record(token)).toString("base64")]), b: "1" }).toString(),
    read: (body) => readRecord(gunzipSync(Buffer.from(JSON.parse(readPairs(body.toString()))[0], "base64")).toString()),
  },
  {
    name: "base64 of gzip in JSON with escaped quotes",
    write: (token) => `["\\u0022${gzipSync(record(token)).toString("base64").replaceAll("+", "\\u002B")}\\u0022"]`,
    read: (body) =>
      readRecord(gunzipSync(Buffer.from(JSON.parse(body.toString())[0].slice(1, -1), "base64")).toString()),
  },
  {
    name: "base64 behind a word",
    write: (token) => `data ${Buffer.from(record(token)).toString("base64")}`,
    read: (body) => readRecord(Buffer.from(between(body, "data ", ""), "base64").toString()),
  },
  {
    name: "base64 of gzip in PHP's JSON in JSON",
    contentType: "application/json",
    write: (token) => JSON.stringify([php(JSON.stringify([gzipSync(record(token)).toString("base64")]))]),
    read: (body) =>
      readRecord(gunzipSync(Buffer.from(JSON.parse(JSON.parse(body.toString())[0])[0], "base64")).toString()),
  },
  {
    name: "base64 of gzip in PHP's JSON three times",
    contentType: "application/json",
    write: (token) =>
      [1, 2].reduce(
        (json) => php(JSON.stringify([json])),
        php(JSON.stringify([gzipSync(record(token)).toString("base64")])),
      ),
    read: (body) =>
      readRecord(
        gunzipSync(
          Buffer.from(
            [1, 2, 3].reduce((json) => JSON.parse(json)[0], body.toString()),
            "base64",
          ),
        ).toString(),
      ),
  },
  {
    name: "base64 of gzip in PHP's JSON in a form",
    contentType: "application/x-www-form-urlencoded",
    write: (token) =>
      new URLSearchParams({ a: php(JSON.stringify([gzipSync(record(token)).toString("base64")])), b: "1" }).toString(),
    read: (body) => readRecord(gunzipSync(Buffer.from(JSON.parse(readPairs(body.toString()))[0], "base64")).toString()),
  },
  {
    name: "base64 in lines in JSON in JSON",
    contentType: "application/json",
    write: (token) => JSON.stringify([JSON.stringify([wrapLines(Buffer.from(record(token)).toString("base64"))])]),
    read: (body) => readRecord(Buffer.from(JSON.parse(JSON.parse(body.toString())[0])[0], "base64").toString()),
  },
  {
    name: "base64 behind a line in JSON in JSON",
    contentType: "application/json",
    write: (token) => JSON.stringify([JSON.stringify([`line\n${Buffer.from(record(token)).toString("base64")}`])]),
    read: (body) =>
      readRecord(Buffer.from(JSON.parse(JSON.parse(body.toString())[0])[0].slice(5), "base64").toString()),
  },
  {
    name: "base64 in lines in XML, as Java writes them",
    contentType: "application/xml",
    write: (token) => `<r>${wrapLines(gzipSync(record(token)).toString("base64")).replaceAll("\r", "&#13;")}</r>`,
    read: (body) => readRecord(gunzipSync(Buffer.from(readXml(body.toString())[1] ?? "", "base64")).toString()),
  },
  {
    name: "base64 in lines in an attribute",
    contentType: "application/xml",
    write: (token) =>
      `<r a="${wrapLines(Buffer.from(record(token)).toString("base64")).replaceAll("\r\n", "&#xA;")}"/>`,
    read: (body) => readRecord(Buffer.from(readXml(body.toString())[1] ?? "", "base64").toString()),
  },
  {
    name: "base64 of gzip in a form in JSON",
    contentType: "application/json",
    write: (token) =>
      JSON.stringify({
        body: new URLSearchParams({ a: gzipSync(record(token)).toString("base64"), b: "1" }).toString(),
      }),
    read: (body) =>
      readRecord(gunzipSync(Buffer.from(readPairs(JSON.parse(body.toString()).body), "base64")).toString()),
  },
  {
    name: "base64 of gzip in a query in a text",
    contentType: "text/plain",
    write: (token) =>
      `GET /?${new URLSearchParams({ a: gzipSync(record(token)).toString("base64"), b: "1" }).toString()} x`,
    read: (body) => readRecord(gunzipSync(Buffer.from(readPairs(between(body, "GET /?", " x")), "base64")).toString()),
  },
  {
    name: "base64 in a form in a form",
    contentType: "application/x-www-form-urlencoded",
    write: (token) =>
      new URLSearchParams({
        a: new URLSearchParams({ a: Buffer.from(`>>>~~~???${record(token)}`).toString("base64"), b: "1" }).toString(),
        b: "1",
      }).toString(),
    read: (body) =>
      readRecord(
        Buffer.from(readPairs(readPairs(body.toString())), "base64")
          .toString()
          .slice(9),
      ),
  },
  {
    name: "base64 in lines in a query that was encoded twice",
    contentType: "text/plain",
    write: (token) =>
      `q=${encodeURIComponent(encodeURIComponent(wrapLines(gzipSync(record(token)).toString("base64"))))}&x=1`,
    read: (body) =>
      readRecord(
        gunzipSync(
          Buffer.from(decodeURIComponent(decodeURIComponent(between(body, "q=", "&x=1"))), "base64"),
        ).toString(),
      ),
  },
  {
    name: "base64 in the URL alphabet",
    contentType: "application/json",
    write: (token) => JSON.stringify([gzipSync(record(token)).toString("base64url")]),
    read: (body) => readRecord(gunzipSync(Buffer.from(JSON.parse(body.toString())[0], "base64url")).toString()),
  },
  {
    name: "base64 in base64",
    write: (token) => Buffer.from(Buffer.from(record(token)).toString("base64")).toString("base64"),
    read: (body) => readRecord(Buffer.from(Buffer.from(body.toString(), "base64").toString(), "base64").toString()),
  },
  {
    name: "a mail in base64",
    write: (token) =>
      "content-transfer-encoding: base64\r\n\r\n" +
      `${wrapLines(Buffer.from(record(token)).toString("base64"))}\r\n\r\n--bnd--`,
    read: (body) =>
      readRecord(
        Buffer.from(between(body, "content-transfer-encoding: base64\r\n\r\n", "\r\n\r\n--bnd--"), "base64").toString(),
      ),
  },
  {
    name: "base64 in a form that made spaces of plus signs",
    contentType: "application/x-www-form-urlencoded",
    write: (token) => `a=${gzipSync(record(token)).toString("base64")}&b=1`,
    read: (body) => readRecord(gunzipSync(Buffer.from(readPairs(body.toString()), "base64")).toString()),
  },
];

function readPairs(form: string): string {
  const [[name, value] = [], ...more] = [...new URLSearchParams(form)];
  expect([name, more]).toEqual(["a", [["b", "1"]]]);
  return value ?? "";
}

/** The value that stands at a place among others; nothing where there is no text. */
function takeOut(found: readonly string[], others: readonly string[], at: number): string {
  const value = found.length === others.length ? "" : found[at];
  expect(found.filter((_, index) => found.length === others.length || index !== at)).toEqual(others);
  return value ?? "";
}

describe.each(places.map((place) => ({ ...place })))("$name", ({ contentType, write, read }) => {
  test.each(values)("%s", async (_, value) => {
    expect(read(await restore(write(seal(value)), contentType))).toBe(value);
  });

  test.each(values.filter(([, value]) => value !== "" && Buffer.byteLength(value) <= 190))(
    "%s, in a direct token",
    async (_, value) => {
      expect(
        read(
          await restore(
            write(formatToken(recipient, recipient.encrypt(Buffer.from(value)).toString("base64"))),
            contentType,
          ),
        ),
      ).toBe(value);
    },
  );
});
