import { expect, test } from "@jest/globals";
import { findNearest, suggest } from "../../../core/config/did-you-mean.ts";

const known = ["GET", "POST", "us-ssn", "card", "card-track", "detect", "detectIn"];
test.each<readonly [string, string | undefined, string]>([
  ["Post", "POST", "case"],
  ["PSOT", "POST", "swap"],
  ["POOST", "POST", "insertion"],
  ["crd", "card", "deletion"],
  ["cart", "card", "replacement"],
  ["us_ssn", "us-ssn", "separator"],
  ["ssn", "us-ssn", "half"],
  ["creditcard", "card", "more"],
  ["detectI", "detectIn", "begun"],
  ["xyz", undefined, "nothing"],
  ["", undefined, "empty"],
  ["a".repeat(200), undefined, "long"],
])("%s is nearest to %s: %s", (wrong, nearest) => expect(findNearest(wrong, known)).toBe(nearest));

test.each<readonly [unknown, string]>([
  ["lable", ' Did you mean "label"?'],
  ["zzzz", ""],
  [5, ""],
])("the sentence for %j is %j", (wrong, sentence) => expect(suggest(wrong, ["label", "token"])).toBe(sentence));
