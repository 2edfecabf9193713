/** Quotes of JSON strings around a part of a text, escaped or not. The part is what is between angle quotes. */
import { expect, test } from "@jest/globals";
import { escapeIn, escapeKinds } from "../../../../core/decrypt/tokens/escape-layers.ts";
import { layersOfQuotes } from "../../../../core/decrypt/tokens/escaped-quotes.ts";

const { json, percent, entity } = escapeKinds;
const json1 = escapeIn(json, 1);

test.each<[marked: string, layers: number | undefined, why: string]>([
  ['{"a":"«x»"', 0, "the value of a member"],
  ['{"a" : \n"«x»', undefined, "no quote behind it"],
  ['["«x»"', 0, "the first of a list"],
  ['["y","«x»"', undefined, "another of a list, which could be between two strings"],
  ['{"«x»":1', 0, "a name"],
  ['{"y":1,"«x»" :1', 0, "another name"],
  ['{"«x»"', undefined, "a name without a colon"],
  ['"«x»"', undefined, "nothing before it"],
  ['a="«x»"', undefined, "another language"],
  ['{"a":"\n«x»\r\n"', 0, "wrapped"],
  ['{"a":"=\n«x»=\n"', 0, "wrapped in a mail"],
  ['{\\"a\\":\\"«x»\\"', json, "JSON in JSON"],
  ['{\\\\\\"a\\\\\\":\\\\\\"«x»\\\\\\"', json | json1, "JSON in JSON in JSON"],
  ["%7B%22a%22%3A%22«x»%22", percent, "JSON in a URL"],
  ["%22a%22%3A+%22«x»%22", percent, "a blank in a form"],
  ["%22a%22%3A%20%22«x»%22", percent, "a blank in a URL"],
  ["[%22«x»%22", percent, "at the beginning of the text"],
  ["{\\&#034;a\\&#034;:\\&#034;«x»\\&#034;", entity | json1, "a number with a zero"],
  ["{&quot;a&quot;:&quot;«x»&quot;", entity, "JSON in markup"],
  ["{\\&quot;a\\&quot;:\\&quot;«x»\\&quot;", entity | json1, "JSON in JSON in markup"],
  ["{\\\\\\&quot;a\\\\\\&quot;:\\\\\\&quot;«x»\\\\\\&quot;", entity | json1 | escapeIn(json, 2), "once more"],
  [
    "{\\\\&quot;a\\\\&quot;:\\\\&quot;«x»\\\\&quot;",
    json | entity | json1,
    "backslashes of no level: as the decoder has them",
  ],
  ["{\\&amp;quot;:\\&amp;quot;«x»\\&amp;quot;", entity | escapeIn(entity, 1) | escapeIn(json, 2), "in markup twice"],
  ["%22«x»%22", undefined, "nothing before the quotes"],
  ["a=%22«x»%22", undefined, "no colon before them"],
  ["%22a%22%3A%22«x»%27", undefined, "another character behind it"],
  ["%22a%22%3A\\u0022«x»%22", undefined, "quotes of two kinds"],
  ["%22a%22%3A«x»%22", undefined, "no quote before it"],
])("%s: %j, %s", (marked, expected) => {
  const start = marked.indexOf("«");
  const text = marked.replace(/[«»]/g, "");
  expect(layersOfQuotes(text, { start, end: marked.indexOf("»") - 1 })).toBe(expected);
});
