import { describe, expect, test } from "@jest/globals";
import { requireNoMarkers, requireWholeTokens } from "../../edge/markers.ts";
import { makePolicy } from "../support/edge.ts";

const { recipients } = makePolicy([{ body: ["$.a"] }]);
const token = `#01#${"A".repeat(342)}==#10#`;
const other = `#02#${"A".repeat(342)}==#20#`;

const cases: readonly (readonly [why: string, text: string, hasMarkers: boolean, hasOnlyTokens: boolean])[] = [
  ["nothing", "", false, true],
  ["an unknown marker", "#03#", false, true],
  ["a prefix", "a #01#", true, false],
  ["a suffix", "#20# b", true, false],
  ["a percent-encoded prefix", "%2301%23", true, false],
  ["a token", token, true, true],
  ["tokens of two recipients", `a ${token}${other} b`, true, true],
  ["a token and a suffix", `${token}#10#`, true, false],
  ["a token of another modulus than the key's", `#01#${"A".repeat(512)}#10#`, true, false],
  ["a damaged token", `#01#${"A".repeat(100)}#10#`, true, false],
  ["a token between the halves of a marker", `#0${token}1#`, true, false],
];

describe.each(cases)("%s", (_, text, hasMarkers, hasOnlyTokens) => {
  const marker = expect.objectContaining({ code: "marker_in_input" });

  test("without tokens", () => {
    const check = () => requireNoMarkers(text, recipients);
    if (hasMarkers) expect(check).toThrow(marker);
    else expect(check).not.toThrow();
  });

  test("with tokens", () => {
    const check = () => requireWholeTokens(text, recipients);
    if (hasOnlyTokens) expect(check).not.toThrow();
    else expect(check).toThrow(marker);
  });
});
