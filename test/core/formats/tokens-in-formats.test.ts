/**
 * Tokens as systems change them: encoded again, wrapped, without padding. The value is encoded for its place.
 */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { callEdge, makeEvent, makePolicy, openTokens } from "../../support/edge.ts";

const value = 'a"b<&%c';
let tokens: { readonly direct: string; readonly sealed: string };

async function makeToken(token: "direct" | "sealed"): Promise<string> {
  const { body } = await callEdge(
    makePolicy([{ body: ["$[0]"], token }]),
    makeEvent({ body: JSON.stringify([value]) }),
  );
  const [made] = JSON.parse(body) as string[];
  return made ?? "";
}

beforeAll(async () => {
  tokens = { direct: await makeToken("direct"), sealed: await makeToken("sealed") };
});

const escapeJson = (text: string): string => JSON.stringify(text).slice(1, -1);
const wrap = (text: string, width: number, end: string): string =>
  (text.match(new RegExp(`.{1,${width}}`, "g")) ?? []).join(end);

describe.each(["direct", "sealed"] as const)("%s", (kind) => {
  test.each<[why: string, contentType: string, mangle: (token: string) => string, expected: string]>([
    ["plain", "text/plain", (token) => `a ${token} b`, `a ${value} b`],
    [
      "escaped solidi in a log line",
      "text/plain",
      (token) => `x {"a":"${token.replaceAll("/", "\\/").replaceAll("#", "\\u0023")}\\/"}`,
      `x {"a":"${escapeJson(value)}\\/"}`,
    ],
    [
      "JSON escapes in a log line",
      "text/plain",
      (token) => `{a} "${token.replaceAll("#", "\\u0023").replaceAll("+", "\\u002b")}"`,
      `{a} "${escapeJson(value)}"`,
    ],
    [
      "percent-encoded in a text",
      "text/plain",
      (token) => `GET /?q=${encodeURIComponent(token)}&x=%20 HTTP`,
      `GET /?q=${encodeURIComponent(value)}&x=%20 HTTP`,
    ],
    [
      "small hexadecimal digits",
      "text/plain",
      (token) => encodeURIComponent(token).replace(/%../g, (escape) => escape.toLowerCase()),
      encodeURIComponent(value),
    ],
    [
      "entities in a text",
      "text/plain",
      (token) => `<p>${token.replaceAll("#", "&#35;").replaceAll("+", "&#x2b;").replaceAll("/", "&sol;")}`,
      `<p>${value.replace(/[&<"]/g, (character) => `&#${character.charCodeAt(0)};`)}`,
    ],
    [
      "entities in HTML",
      "text/html",
      (token) => `<p>${token.replaceAll("#", "&#35;")}</p>`,
      `<p>${value.replace(/[&<"]/g, (character) => `&#${character.charCodeAt(0)};`)}</p>`,
    ],
    [
      "a query in HTML",
      "text/html",
      (token) => `<a href="/?q=${encodeURIComponent(token)}">`,
      `<a href="/?q=${encodeURIComponent(value)}">`,
    ],
    [
      "quotes in prose, spelt",
      "text/html",
      (token) => `<p>&quot;${token}&quot;</p>`,
      `<p>&quot;${value.replace(/[&<"]/g, (character) => `&#${character.charCodeAt(0)};`)}&quot;</p>`,
    ],
    [
      "doubly encoded JSON",
      "application/json",
      (token) => JSON.stringify({ a: JSON.stringify({ b: token }) }),
      JSON.stringify({ a: JSON.stringify({ b: value }) }),
    ],
    [
      "JSON in JSON in a log line",
      "application/json",
      (token) =>
        JSON.stringify({
          a: `line: ${JSON.stringify({ b: token.replaceAll("#", "\\u0023") }).replaceAll("\\\\", "\\")}`,
        }),
      JSON.stringify({ a: `line: {"b":"${escapeJson(value)}"}` }),
    ],
    ["wrapped at 64", "text/plain", (token) => `begin\n${wrap(token, 64, "\n")}\nend`, `begin\n${value}\nend`],
    [
      "wrapped at 76 with CR LF",
      "text/plain",
      (token) => `begin\r\n${wrap(token, 76, "\r\n")}\r\nend`,
      `begin\r\n${value}\r\nend`,
    ],
    [
      "wrapped within markers",
      "text/plain",
      (token) => `x ${token.slice(0, 2)}\n${token.slice(2, -2)}\n${token.slice(-2)} y`,
      `x ${value} y`,
    ],
    ["quoted-printable", "text/plain", (token) => wrap(token, 75, "=\r\n"), value],
    ["indented", "text/plain", (token) => wrap(token, 64, "\n    "), value],
    [
      "wrapped in a JSON string",
      "application/json",
      (token) => JSON.stringify([wrap(token, 64, "\n")]),
      JSON.stringify([value]),
    ],
    [
      "two wrapped ones in a row",
      "text/plain",
      (token) => `${wrap(token, 64, "\n")}\n${wrap(token, 64, "\n")}`,
      `${value}\n${value}`,
    ],
    [
      "URL alphabet",
      "application/json",
      (token) => JSON.stringify([token.replaceAll("+", "-").replaceAll("/", "_")]),
      JSON.stringify([value]),
    ],
    ["no padding", "application/json", (token) => JSON.stringify([token.replaceAll("=", "")]), JSON.stringify([value])],
  ])("%s", async (_, contentType, mangle, expected) => {
    expect((await openTokens({ body: mangle(tokens[kind]), contentType })).body).toBe(expected);
  });
});

describe("damaged", () => {
  test.each<[why: string, cut: (token: string) => string]>([
    ["cut off", (token) => token.slice(0, 100)],
    ["cut off, percent-encoded", (token) => encodeURIComponent(token).slice(0, 100)],
    ["cut off at the end of a line", (token) => `${token.slice(0, 100)}\nnext line`],
  ])("%s", async (_, cut) => {
    await expect(openTokens({ body: cut(tokens.direct), contentType: "text/plain" })).rejects.toMatchObject({
      name: "token_damaged",
    });
  });

  test("a damaged token beside a whole one in another encoding", async () => {
    const body = `${tokens.direct.slice(0, 60)} ${encodeURIComponent(tokens.direct)} ${tokens.sealed}`;
    const { opened, failed } = await openTokens({ body, contentType: "text/plain", onFailure: "keep" });
    expect([opened, failed.length]).toEqual([2, 1]);
  });
});
