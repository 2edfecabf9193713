/** What is told of a token's place: its labels, its spelling, and the quotes around it. */
import { describe, expect, test } from "@jest/globals";
import { isWhole, locateTokens, type TokenDocument } from "../../../core/decrypt/token-document.ts";
import { countLayers } from "../../../core/decrypt/tokens/escape-layers.ts";
import { listSites } from "../../../core/embedded/visited-document.ts";
import { readerOf, sealed } from "../../support/tokens.ts";

const token = sealed('"v"');
const locate = (body: string, settings: object = {}, contentType?: string): TokenDocument =>
  locateTokens(Buffer.from(body), contentType, readerOf(settings));

describe("labels that a token has to have", () => {
  const expecting = { expect: { ssn: "field", "$.a.pan": "path", "$..deep": "deep", "$.data": "data" } };
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  test.each<[why: string, body: string, labels: readonly string[]]>([
    ["nowhere", JSON.stringify({ x: token }), []],
    ["by a field's name", JSON.stringify({ ssn: token }), ["field"]],
    ["by a field around it", JSON.stringify({ ssn: { x: [token] } }), ["field"]],
    ["by a path", JSON.stringify({ a: { pan: token } }), ["path"]],
    ["by another path", JSON.stringify({ b: { pan: token } }), []],
    ["by both", JSON.stringify({ ssn: { deep: token } }), ["deep", "field"]],
    ["in JSON in a string", JSON.stringify({ x: JSON.stringify({ a: { pan: token } }) }), ["path"]],
    ["in JSON in a log line", `INFO ${JSON.stringify({ a: { pan: token } })}`, ["path"]],
    ["in JSON that breaks off, by the last name of a path", `INFO {"x":{"pan":"${token}","b`, ["path"]],
    ["in text, by the member that seems to begin before it", `{'ssn': '${token}`, ["field"]],
    ["in base64, by the place of that", JSON.stringify({ data: base64(`plain ${token}`) }), ["data"]],
    ["in base64, by both places", JSON.stringify({ data: base64(JSON.stringify({ ssn: token })) }), ["data", "field"]],
    ["in XML", `<r><ssn>${token}</ssn></r>`, ["field"]],
  ])("%s", (_, body, labels) => {
    expect(listSites(locate(body, expecting)).map(({ site }) => site.expected)).toEqual([labels]);
  });

  test("each of several in one text", () => {
    const body = JSON.stringify([{ ssn: token }, { x: token }, { ssn: token }]);
    expect(locate(body, expecting).sites.map(({ expected }) => expected)).toEqual([["field"], [], ["field"]]);
  });
});

describe("the spelling of a place", () => {
  const layersOf = (site: { readonly layers: number } | undefined) => countLayers(site?.layers ?? -1);
  test.each<[why: string, body: string, json: number, percent: number, entity: number]>([
    ["as it is", token, 0, 0, 0],
    ["escaped as JSON", `a ${token.replaceAll("#", "\\u0023")}`, 1, 0, 0],
    ["percent-encoded", encodeURIComponent(token), 0, 1, 0],
    ["in HTML", `<!doctype html><p>${token}`, 0, 0, 1],
    ["in an element in a log line", `INFO <a>${token}</a> done`, 0, 0, 1],
    ["in XML, whose parser undoes it", `<a>${token}</a>`, 0, 0, 0],
  ])("%s", (_, body, json, percent, entity) => {
    expect(layersOf(locate(body).sites[0])).toMatchObject({ json, percent, entity });
  });

  test.each([
    ["no quotes", `a ${token} b`, undefined],
    ["bare quotes of JSON that is cut off", `"a": "\n${token}`, undefined],
    ["bare quotes of JSON, wrapped", `{"a":\n"${token}"\n]`, 0],
  ])("quotes: %s", (_, body, quotes) => {
    const [site] = locate(body, {}, "text/html").sites;
    expect(site?.quotes === undefined ? undefined : countLayers(site.quotes).json).toBe(quotes);
  });
});

test.each([
  ["all of a string", JSON.stringify([token]), true, true],
  ["a part of one", JSON.stringify([`a ${token}`]), false, false],
  [
    "all of one, in another spelling",
    `["${JSON.stringify(token.replaceAll("#", "\\u0023")).slice(1, -1)}"]`,
    false,
    false,
  ],
  ["all of a cell", `a\n${token}\n`, true, false],
  ["damaged", JSON.stringify([token.slice(0, -2)]), false, false],
])("a token is whole, and its literal is replaced: %s", (_, body, whole, literal) => {
  const contentType = body.startsWith("[") ? "application/json" : "text/csv";
  const [site] = locate(body, {}, contentType).sites;
  if (site === undefined) throw new TypeError("there is a token");
  expect([isWhole(site.node, site.token), site.literal !== undefined]).toEqual([whole, literal]);
});

test("formats, and tokens of recipients that nobody knows", () => {
  expect(locate(`a\n${token}\n`, {}, "text/csv").sites.map(({ format }) => format)).toEqual(["csv"]);
  expect(locate(`#99#${token.slice(4, -4)}#99#`).sites).toEqual([]);
});
