/** Payloads in another alphabet, without padding, with spaces, in lines. */
import { describe, expect, test } from "@jest/globals";
import { parseMangledPayload } from "../../../../core/decrypt/tokens/mangled-payload.ts";
import { formatHeader, formatPayload } from "../../../../core/token/grammar.ts";

/** Bytes whose base64 has plus signs and solidi. */
const bytes = (size: number): Buffer => Buffer.alloc(size, Buffer.from([0x1f, 0xef, 0xc7]));
const direct = bytes(256).toString("base64");
const longest = bytes(512).toString("base64");
const header = formatHeader({ contentType: "json" });
const sealed = [header, ...[256, 12, 40, 16].map((size) => bytes(size).toString("base64url"))].join(".");
const wrap = (text: string, end: string): string => text.replace(/.{76}/g, `$&${end}`);

describe.each([
  ["direct", direct],
  ["direct of RSA 4096, which has one equals sign", longest],
  ["sealed", sealed],
])("%s", (_, payload) => {
  test.each<[why: string, mangle: (payload: string) => string, hasSpaces?: boolean]>([
    ["as it is", (text) => text],
    ["without padding", (text) => text.replaceAll("=", "")],
    ["the other alphabet for URLs", (text) => text.replaceAll("+", "-").replaceAll("/", "_")],
    ["the other alphabet", (text) => text.replaceAll("-", "+").replaceAll("_", "/")],
    ["lines", (text) => wrap(text, "\n")],
    ["lines of quoted-printable", (text) => wrap(text, "=\n")],
    ["padding of quoted-printable", (text) => text.replaceAll("=", "=3D")],
    ["padding that it does not have", (text) => `${text.replaceAll("=", "")}====`],
    ["lines that were joined", (text) => wrap(text, " "), true],
    ["spaces around it", (text) => ` ${text.replaceAll("+", " ")} `, true],
  ])("%s", (_, mangle, hasSpaces = false) => {
    const parsed = parseMangledPayload(mangle(payload), hasSpaces);
    expect(parsed && formatPayload(parsed)).toBe(payload);
  });
});

test.each([
  ["a character too few", direct.slice(1), false],
  ["padding within it", `${direct.slice(0, 100)}==${direct.slice(100)}`, false],
  ["seven equals signs", `${direct.replaceAll("=", "")}=======`, false],
  ["spaces where there should be none", wrap(direct, " "), false],
  ["a part of a sealed one", sealed.slice(0, sealed.lastIndexOf(".")), false],
  ["nothing", "", false],
])("%s is no payload", (_, characters, hasSpaces) => {
  expect(parseMangledPayload(characters, hasSpaces)).toBeUndefined();
});
