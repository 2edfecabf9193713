/** What follows a prefix. */
import { describe, expect, test } from "@jest/globals";
import { createCharacterDecoder } from "../../../../core/decrypt/tokens/character-decoder.ts";
import { escapeKinds } from "../../../../core/decrypt/tokens/escape-layers.ts";
import { readToken } from "../../../../core/decrypt/tokens/read-token.ts";

const { json, percent, entity } = escapeKinds;
const payload = Buffer.alloc(256, Buffer.from([0x1f, 0xef, 0xc7])).toString("base64");
const read = (text: string, layers = 0) => readToken(text, createCharacterDecoder(text), { end: 0, layers }, "#10#");

describe("a token", () => {
  const encoded = payload.replaceAll("+", "%2B").replaceAll("/", "%2F").replaceAll("=", "%3D");

  test.each([
    [`${payload}#10#`, 0, payload.length, "as it is"],
    [`${payload.replaceAll("=", "")}#10#`, 0, payload.length - 2, "without padding"],
    [`${encoded}%2310%23`, percent, encoded.length, "percent-encoded"],
    [`${payload}&#35;10&#35;`, entity, payload.length, "its suffix escaped"],
    [`${payload.slice(0, 60)}\n${payload.slice(60)}#10#`, 0, payload.length + 1, "in lines"],
    [`${payload.slice(0, 60)}\\n${payload.slice(60)}#10#`, 0, payload.length + 2, "in escaped lines"],
    [`${payload}\n#10#`, 0, payload.length + 1, "its suffix in a line of its own"],
    [`${payload.replaceAll("+", " ")}#10#`, 0, payload.length, "spaces for plus signs"],
  ])("%#: layers %d, suffix at %d: %s", (text, layers, suffixStart) => {
    const expected = { kind: "token", end: text.length, layers, suffixStart, payload: { kind: "direct" } };
    expect(read(text)).toMatchObject(expected);
    expect(read(`${text} x`, json)).toMatchObject({ ...expected, layers: layers | json });
  });
});

describe("a damaged token", () => {
  const a = (count: number): string => "A".repeat(count);

  test.each([
    [a(16), 16, "16 characters"],
    [`${a(16)}!`, 16, "something else behind them"],
    [`${a(16)}#10#`, 16, "a suffix behind too few characters"],
    [`${a(20)}\n${a(20)}`, 41, "a second line"],
    [`${a(20)}\n${a(15)}`, 20, "a second line that may be none of it"],
    [`${a(3)}\n${a(16)}`, 20, "a second line that is long enough alone"],
    [`${a(20)} ${a(31)}`, 20, "a word behind a space"],
    [`${a(20)} ${a(32)}`, 53, "more than a word behind a space"],
    [`${a(684)} ${a(40)}`, 725, "a space behind the longest direct payload"],
    [`${a(685)} ${a(40)}`, 685, "a space behind more than that"],
    [`${a(680)}.${a(4)} ${a(40)}`, 726, "a space in a sealed one, however long"],
    [`${a(680)}%2E${a(4)} ${a(40)}`, 728, "the same with its dot escaped"],
    [`${a(680)}.\n${a(4)} ${a(40)}`, 727, "a space in a sealed one of several lines"],
    [`%41${a(15)}`, 18, "an escaped character among the 16"],
  ])("%#: up to %d, %s", (text, end) => {
    expect(read(text)).toMatchObject({ kind: "damaged", end });
  });

  test("shows the layers of what was read", () => {
    expect(read(`%41${a(15)}`, json)).toMatchObject({ layers: percent | json });
  });
});

test.each([
  ["", "nothing"],
  ["A".repeat(15), "15 characters"],
  [`${"A".repeat(15)}#10#`, "a suffix behind 15 characters"],
  [`abc\n%41${"A".repeat(14)}`, "15 characters in a line, one of them escaped"],
  ["word ".repeat(20), "words"],
  ["word\n".repeat(20), "a word a line"],
  [`${"A".repeat(8)} ${"A".repeat(31)}`, "a space, and a long word"],
])("plain text: %j, %s", (text) => {
  expect(read(text)).toBeUndefined();
});
