/** Readers: their settings, and where a mistake in these is. */
import { describe, expect, test } from "@jest/globals";
import { parseReader, readerSettings } from "../../../../core/decrypt/reader/reader.ts";

const arnOf = (id: string): string =>
  `arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-0000000000${id}`;
const recipientOf = (id: string) => ({ id, prefix: `#${id}#`, suffix: `!${id}!`, keyArn: arnOf(id) });
const least = { reader: "billing", recipients: [recipientOf("01"), recipientOf("02")], open: ["01"] };

test("what is not set has its default", () => {
  expect(parseReader(least)).toMatchObject({
    name: "billing",
    recipients: [
      { ...recipientOf("01"), mayOpen: true, view: "full" },
      { ...recipientOf("02"), mayOpen: false, view: "full" },
    ],
    limits: { tokens: 20_000, depth: 1_000, decoded: 50_000_000, pseudonyms: 1_000 },
    decryption: { callsPerSecond: 1_000, cachedKeys: 1_000, cacheSeconds: 300 },
    views: new Map(),
    expectedLabels: { fields: [], selected: [] },
    pseudonymKeyArn: undefined,
    onFailure: "fail",
    csvFormulas: "keep",
    destination: undefined,
  });
});

test("what is set is read", () => {
  const settings = {
    views: { recipients: { "01": "last-four" }, labels: { ssn: "pseudonym" } },
    expect: { "$.ssn": "ssn" },
    pseudonymKeyArn: arnOf("03"),
    limits: { tokens: 1, depth: 2, decoded: 3, pseudonyms: 4 },
    kms: { callsPerSecond: 5, cachedKeys: 0, cacheSeconds: 0 },
    onFailure: "keep",
    csvFormulas: "escape",
    destination: { bucket: "abc", kmsKeyArn: arnOf("04") },
  };
  expect(Object.keys(settings).sort()).toEqual([...readerSettings].sort());
  expect(parseReader({ ...least, ...settings })).toMatchObject({
    recipients: [{ view: "last-four" }, { view: "full" }],
    views: new Map([["ssn", "pseudonym"]]),
    expectedLabels: { selected: ["ssn"] },
    pseudonymKeyArn: arnOf("03"),
    limits: settings.limits,
    decryption: settings.kms,
    onFailure: "keep",
    csvFormulas: "escape",
    destination: { bucket: "abc", prefix: "" },
  });
});

describe("a mistake", () => {
  const [first, second] = least.recipients;

  test.each<[setting: object, place: string, reason: RegExp, why: string]>([
    [{ open: undefined }, "$.open", /list/, "no list of recipients to open"],
    [{ open: ["03"] }, "$.open[0]", /Unknown recipient/, "no such recipient"],
    [{ open: ["01", "01"] }, "$.open[1]", /repeats/, "one twice"],
    [{ recipients: [] }, "$.recipients", /at least 1/, "no recipients"],
    [{ recipients: [{ ...first, keyArn: "alias/x" }] }, "$.recipients[0].keyArn", /ARN/, "an alias"],
    [{ recipients: [{ ...first, kind: 1 }] }, "$.recipients[0].kind", /Unknown setting/, "another setting of one"],
    [{ recipients: [first, { ...second, id: "01" }] }, "$.recipients", /the same id/, "one id twice"],
    [{ recipients: [first, { ...second, keyArn: first?.keyArn }] }, "$.recipients", /the same keyArn/, "one key twice"],
    [{ views: { recipients: { "03": "full" } } }, '$.views.recipients["03"]', /Unknown recipient/, "nobody's view"],
    [{ views: { labels: { "a b": "full" } } }, '$.views.labels["a b"]', /Expected a label/, "a view of no label"],
    [{ views: { fields: {} } }, "$.views.fields", /Unknown setting/, "another kind of views"],
    [{ views: { labels: { a: "pseudonym" } } }, "$.views.labels.a", /pseudonymKeyArn/, "no key for a label's"],
    [{ views: { recipients: { "01": "pseudonym" } } }, '$.views.recipients["01"]', /pseudonymKeyArn/, "no key"],
    [{ pseudonymKeyArn: "alias/x" }, "$.pseudonymKeyArn", /ARN/, "an alias for pseudonyms"],
    [{ expect: { a: "b c" } }, "$.expect.a", /1 to 64/, "no label"],
    [{ limits: { tokens: 0 } }, "$.limits.tokens", /from 1 to 1000000/, "a limit too low"],
    [{ limits: { depth: 4_001 } }, "$.limits.depth", /from 1 to 4000/, "a limit too high"],
    [{ limits: { decoded: 1.5 } }, "$.limits.decoded", /whole number/, "half a byte"],
    [{ limits: { pseudonyms: 100_001 } }, "$.limits.pseudonyms", /to 100000/, "too many pseudonyms"],
    [{ limits: { bytes: 1 } }, "$.limits.bytes", /Unknown setting/, "another limit"],
    [{ kms: { callsPerSecond: 0 } }, "$.kms.callsPerSecond", /from 1 to/, "no calls"],
    [{ kms: { cachedKeys: -1 } }, "$.kms.cachedKeys", /from 0 to/, "less than no keys"],
    [{ kms: { cacheSeconds: 3_601 } }, "$.kms.cacheSeconds", /to 3600/, "more than an hour"],
    [{ kms: { calls: 1 } }, "$.kms.calls", /Unknown setting/, "another setting of KMS"],
    [{ onFailure: "skip" }, "$.onFailure", /fail, keep/, "another choice"],
    [{ csvFormulas: true }, "$.csvFormulas", /keep, escape/, "a flag"],
    [{ destination: {} }, "$.destination", /kmsKeyArn/, "an empty destination"],
    [{ reader: "" }, "$.reader", /Expected a string/, "no name"],
    [{ opne: [] }, "$.opne", /open/, "a mistype"],
  ])("%j is at %s with %s: %s", (setting, place, reason) => {
    expect(() => parseReader({ ...least, ...setting })).toThrow(
      expect.objectContaining({ code: "reader_invalid", facts: { place, reason: expect.stringMatching(reason) } }),
    );
  });

  test("in markers is one of the recipients", () => {
    const recipients = [first, { ...second, prefix: "#01#" }];
    expect(() => parseReader({ ...least, recipients })).toThrow(
      expect.objectContaining({
        code: "recipient_invalid",
        facts: { place: "$.recipients", reason: expect.stringContaining("twice") },
      }),
    );
  });

  test.each([undefined, null, "x", []])("%j is no reader", (value) => {
    expect(() => parseReader(value)).toThrow(expect.objectContaining({ code: "reader_invalid" }));
  });
});
