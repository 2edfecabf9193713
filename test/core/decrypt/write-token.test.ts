/** A token in the spelling of another one. */
import { expect, test } from "@jest/globals";
import { locateTokens } from "../../../core/decrypt/token-document.ts";
import { writeToken } from "../../../core/decrypt/write-token.ts";
import { listSites } from "../../../core/embedded/visited-document.ts";
import { readerOf } from "../../support/tokens.ts";

const payload = (byte: number): string => Buffer.alloc(256, byte).toString("base64");
/** In base64 nothing but solidi, and of another recipient nothing but plus signs and letters. */
const old = `#01#${payload(0xff)}#10#`;
const token = `#02#${Buffer.from("fbefbe".repeat(86).slice(0, 512), "hex").toString("base64")}#20#`;
const wrap = (text: string, width: number, between: string): string =>
  text.replace(new RegExp(`.{${width}}(?=.)`, "g"), `$&${between}`);

test.each<[why: string, body: string, contentType: string | undefined, written: string]>([
  ["as it is", `a ${old}`, "text/plain", token],
  ["a string of JSON", JSON.stringify([old]), undefined, JSON.stringify(token)],
  ["a part of one", JSON.stringify([`a ${old}`]), undefined, token],
  [
    "a form, which encodes what it must",
    `a=${encodeURIComponent(old)}`,
    "application/x-www-form-urlencoded",
    encodeURIComponent(token),
  ],
  ["percent-encoded in text", `a ${encodeURIComponent(old)}`, "text/plain", encodeURIComponent(token)],
  ["with escaped markers", `a ${old.replaceAll("#", "\\u0023")}`, "text/plain", token.replaceAll("#", "\\u0023")],
  ["with entities for markers", `a ${old.replaceAll("#", "&#35;")}`, "text/plain", token.replaceAll("#", "&#35;")],
  ["in a plain cell", `a\n${old}\n`, "text/csv", token],
  ["in lines", wrap(old, 64, "\n"), "text/plain", wrap(token, 64, "\n")],
  [
    "in lines behind other text",
    `data: ${wrap(old, 64, "\n  ")}`,
    "text/plain",
    `${token.slice(0, 64)}\n  ${wrap(token.slice(64), 68, "\n  ")}`,
  ],
  [
    "in lines of mails",
    wrap(old, 75, "=\r\n").replace("==#", "=3D=3D#"),
    "text/plain",
    wrap(token.replaceAll("==", "=3D=3D"), 75, "=\r\n"),
  ],
])("%s", (_, body, contentType, written) => {
  const [placed] = listSites(locateTokens(Buffer.from(body), contentType, readerOf()));
  if (placed === undefined) throw new TypeError("there is a token");
  expect(placed.site.token.kind).toBe("token");
  expect(writeToken(placed, token)).toBe(written);
});
