/** Detectors at the edge, in each format. */
import { describe, expect, test } from "@jest/globals";
import { protect, restore, secret } from "../../support/protected-bodies.ts";

describe("detectors", () => {
  const rule = { detect: ["card", "us-ssn", "iban", "email"] };
  const card = "4111 1111 1111 1111";
  const cases: readonly (readonly [string, string, string, string])[] = [
    ["text/plain", "text", `call ${secret} or a@b.co, ${card}.`, "call <T> or <T>, <T>."],
    ["application/json", "within a string", `{"a":"x ${card} y"}`, '{"a":"x <T> y"}'],
    ["application/json", "a whole string", `{"a":"${card}"}`, '{"a":"<T>"}'],
    ["application/json", "a number", '{"a":4111111111111111,"b":1}', '{"a":"<T>","b":1}'],
    [
      "application/json",
      "a number with an exponent",
      '{"a":4.111111111111111e15,"b":4111111111111111.0}',
      '{"a":"<T>","b":"<T>"}',
    ],
    [
      "application/json",
      "a number that is no card",
      '{"a":0.4111111111111111,"b":4111111111111111.5}',
      '{"a":0.4111111111111111,"b":4111111111111111.5}',
    ],
    [
      "application/json",
      "a name for context",
      '{"person":{"ssn":{"value":"078051120"}},"other":"078051120"}',
      '{"person":{"ssn":{"value":"<T>"}},"other":"078051120"}',
    ],
    [
      "application/x-www-form-urlencoded",
      "a name for context",
      "p%5Bssn%5D=078051120&x=078051120",
      "p%5Bssn%5D=<T>&x=078051120",
    ],
    [
      "application/xml",
      "a name for context",
      "<a ssn='078051120'><p:ssn xmlns:p='u'>078051120</p:ssn><x>078051120</x></a>",
      "<a ssn='<T>'><p:ssn xmlns:p='u'><T></p:ssn><x>078051120</x></a>",
    ],
    ["text/csv", "a column for context", "ssn,x\n078051120,078051120\n", "ssn,x\n<T>,078051120\n"],
    ["application/json", "a name", `{"${card}":1}`, '{"<T>":1}'],
    ["application/json", "escapes", '{"a":"\\u0034111 1111 1111 1111 y"}', '{"a":"<T>"}'],
    ["application/json", "JSON in a string", '{"a":"{\\"n\\":4111111111111111}"}', '{"a":"{\\"n\\":\\"<T>\\"}"}'],
    ["application/x-ndjson", "a line", `{"a":1}\n["${secret}"]\n`, '{"a":1}\n["<T>"]\n'],
    ["application/x-www-form-urlencoded", "a value", "a=x+4111%201111%201111%201111", "a=x+<T>"],
    ["application/x-www-form-urlencoded", "a name", "4111111111111111=1", "<T>=1"],
    ["application/xml", "text and attributes", `<a b="${secret}">x ${card} y</a>`, '<a b="<T>">x <T> y</a>'],
    ["text/csv", "any cell, the header line too", `a,${secret}\n${card},x\n`, "a,<T>\n<T>,x\n"],
  ];
  test.each(cases)("%s: %s", async (contentType, _, body, shape) => {
    const answer = await protect({ ...rule, token: "sealed" }, contentType, body);
    expect([answer.code, answer.shape]).toEqual([undefined, shape]);
    const restored = await restore(answer.body, contentType);
    if (contentType !== "application/x-www-form-urlencoded") expect(restored).toBe(body);
  });

  test("a match that comments interrupt, or that stands in one, is not guessed at", async () => {
    expect((await protect(rule, "text/xml", `<a><!-- ${card} --></a>`)).code).toBe("value_unwritable");
  });
});
