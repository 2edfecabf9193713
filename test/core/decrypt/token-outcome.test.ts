import { createHash } from "node:crypto";
import { expect, test } from "@jest/globals";
import { locateTokens } from "../../../core/decrypt/token-document.ts";
import { describeOutcome, isGiven } from "../../../core/decrypt/token-outcome.ts";
import { direct, readerOf } from "../../support/tokens.ts";

const token = direct("a");
const fingerprint = createHash("sha256").update(token).digest("hex").slice(0, 16);

test.each([
  ["as it is", token, fingerprint],
  ["the same in another spelling", encodeURIComponent(token), fingerprint],
  ["without padding", token.replaceAll("=", ""), fingerprint],
  ["damaged", token.slice(0, -3), ""],
])("a token's fingerprint: %s", (_, text, expected) => {
  const [site] = locateTokens(Buffer.from(text), "text/plain", readerOf()).sites;
  if (site === undefined) throw new TypeError("there is a token");
  expect(describeOutcome(site, "withheld")).toEqual({ recipient: "01", outcome: "withheld", fingerprint: expected });
});

test.each([
  ["opened", true],
  ["masked", true],
  ["pseudonym", true],
  ["withheld", false],
  ["discarded", false],
  ["rewrapped", false],
  ["token_invalid", false],
] as const)("what is %s is given: %s", (outcome, is) => {
  expect(isGiven(outcome)).toBe(is);
});
