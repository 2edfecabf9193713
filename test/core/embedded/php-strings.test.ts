/**
 * Strings with their length before them, as PHP's serialize writes them: read again after restoring as PHP reads them.
 */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { findCountedStrings } from "../../../core/embedded/php-strings.ts";
import { formatToken } from "../../../core/token/grammar.ts";
import { createRecipient } from "../../../core/token/recipient.ts";
import { createContentKey, sealJson } from "../../../core/token/sealed-content.ts";
import { keys, openTokens } from "../../support/edge.ts";

type Value = string | number | boolean | null | { readonly [name: string]: Value };

/** PHP Manual, "serialize"; objects for arrays. */
function serialize(value: Value): string {
  if (value === null) return "N;";
  if (typeof value === "boolean") return `b:${Number(value)};`;
  if (typeof value === "number") return `i:${value};`;
  if (typeof value === "string") return `s:${Buffer.byteLength(value)}:"${value}";`;
  const members = Object.entries(value);
  return `a:${members.length}:{${members.map(([name, member]) => serialize(name) + serialize(member)).join("")}}`;
}

function unserialize(text: string): Value {
  const bytes = Buffer.from(text);
  let at = 0;
  const expectNext = (wanted: string): void => {
    const given = bytes.toString("utf8", at, at + wanted.length);
    if (given !== wanted) throw new Error(`${wanted} expected at ${at}, not ${given}`);
    at += wanted.length;
  };
  const readUntil = (end: string): string => {
    const stop = bytes.indexOf(end, at);
    const read = bytes.toString("utf8", at, stop);
    at = stop + 1;
    return read;
  };
  const read = (): Value => {
    const kind = bytes.toString("utf8", at, at + 2);
    at += 2;
    if (kind === "N;") return null;
    if (kind === "b:") return readUntil(";") === "1";
    if (kind === "i:") return Number(readUntil(";"));
    const count = Number(readUntil(":"));
    if (kind === "s:") {
      expectNext('"');
      const content = bytes.toString("utf8", at, at + count);
      at += count;
      expectNext('";');
      return content;
    }
    expectNext("{");
    const members: Record<string, Value> = {};
    for (let index = 0; index < count; index++) {
      const name = read();
      members[typeof name === "number" ? `${name}` : (name as string)] = read();
    }
    expectNext("}");
    return members;
  };
  const value = read();
  if (at !== bytes.length) throw new Error("more behind it");
  return value;
}

const [key] = keys;
const recipient = createRecipient(key, key.publicKeyPem);
const contentKey = createContentKey(recipient);
const seal = (value: string): string => formatToken(recipient, sealJson(contentKey, undefined, JSON.stringify(value)));

describe.each(["plain", "", "Zoë 😀", '";s:5:"admin";b:1;', '","admin":true,"', "a\r\nb", "]]>&lt;"])("%j", (value) => {
  const direct = (): string => formatToken(recipient, recipient.encrypt(Buffer.from(value)).toString("base64"));

  test.each([
    { name: "alone", wrap: (text: string) => text, unwrap: (text: string) => text },
    {
      name: "in a log line",
      wrap: (text: string) => `é INFO ${text} done`,
      unwrap: (text: string) => text.slice(7, -5),
    },
    {
      name: "in JSON",
      wrap: (text: string) => JSON.stringify({ session: text }),
      unwrap: (text: string) => (JSON.parse(text) as { readonly session: string }).session,
    },
    {
      name: "in JSON in a log line",
      wrap: (text: string) => `INFO ${JSON.stringify({ session: text })} done`,
      unwrap: (text: string) => (JSON.parse(text.slice(5, -5)) as { readonly session: string }).session,
    },
    {
      name: "in base64",
      wrap: (text: string) => `session: ${Buffer.from(text).toString("base64")}`,
      unwrap: (text: string) => Buffer.from(text.slice(9), "base64").toString(),
    },
    {
      name: "in a counted string",
      wrap: (text: string) => serialize({ meta: text }),
      unwrap: (text: string) => (unserialize(text) as { readonly meta: string }).meta,
    },
  ])("$name", async ({ wrap, unwrap }) => {
    for (const token of [seal(value), ...(value === "" ? [] : [direct()])]) {
      const php = serialize({
        name: "Zoë",
        Zoë: { ssn: token, note: `"x"; ${token} 😀 ${token}`, n: 7 },
        text: 's:9:"x',
        json: JSON.stringify({ a: token }),
        last: true,
      });
      const { body } = await openTokens({ body: wrap(php), contentType: "text/plain" });
      expect(unserialize(unwrap(body))).toEqual({
        name: "Zoë",
        Zoë: { ssn: value, note: `"x"; ${value} 😀 ${value}`, n: 7 },
        text: 's:9:"x',
        json: JSON.stringify({ a: value }),
        last: true,
      });
    }
  });
});

test("gzip and base64 within", async () => {
  const packed = gzipSync(serialize({ ssn: seal("x") })).toString("base64");
  const { body } = await openTokens({ body: serialize({ packed }), contentType: "text/plain" });
  const [, base64 = ""] = /"([A-Za-z0-9+/=]{20,})"/.exec(body) ?? [];
  expect((unserialize(body) as { readonly packed: string }).packed).toBe(base64);
});

test("half of a surrogate pair stays what it is", async () => {
  const text = `s:${seal("x").length + 1}:"\ud800${seal("x")}";`;
  const { body } = await openTokens({ body: JSON.stringify({ text }).replace("\ud800", "\\ud800") });
  expect(body).toContain("\\ud800x");
});

test.each([
  ['s:1:"a";', [[2, 6]]],
  [
    's:2:"é";s:4:"😀";',
    [
      [2, 6],
      [10, 15],
    ],
  ],
  ['s:1:"é";', []],
  ['s:3:"😀";', []],
  ['s:9:"a";', []],
  ['s:01:"a";', [[2, 7]]],
  ['s:8:"s:1:"a";";', [[2, 13]]],
  ['s:1:"a"', []],
  ['s:999999999:"a";', []],
  ['s:1:\\"a\\";', []],
  ['s:5:"x s:1:"a";', [[9, 13]]],
] as const)("%s", (text, spans) => {
  expect(findCountedStrings(text).map(({ start, end }) => [start, end])).toEqual(spans);
});

test("any strings, one behind the other", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" })), (values) => {
      const text = values.map((value) => serialize(value)).join("");
      const contents = findCountedStrings(text).map(({ contentStart, end }) => text.slice(contentStart, end));
      // One may hold what reads as another one, which does not matter.
      expect(contents).toEqual(values);
    }),
  );
});
