/** Audit lines tell which recipient is still opened. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Decryptor, makeDirect, openDecryptor } from "../../support/decryptor.ts";
import { runFieldseal } from "../../support/terminal.ts";

let decryptor: Decryptor;

beforeAll(async () => {
  decryptor = await openDecryptor();
});

afterAll(() => decryptor.close());

describe("usage", () => {
  const line = (time: string, reader: string, recipients: object): string => JSON.stringify({ audit: "fieldseal", time, reader, found: 1, recipients, note: "}" });
  const lines = [
    line("2026-10-01T00:00:00.000Z", "billing", { "01": { opened: 2, token_invalid: 1 }, "02": { withheld: 4 } }),
    `2026-11-01T00:00:00Z\tabc\tINFO\t${line("2026-11-01T00:00:00.000Z", "risk", { "01": { masked: 1 } })}`,
    JSON.stringify({ events: [line("2026-11-02T00:00:00.000Z", "risk", { "02": { pseudonym: 5 } }), line("2026-11-03T00:00:00.000Z", "risk", { "02": { opened: 1 } })].map((message) => ({ message })) }),
    "START RequestId: 1",
  ].join("\n");

  test("adds up by recipient, however lines are wrapped", async () => {
    const { code, output } = await runFieldseal(["usage", "--json"], { input: lines });
    expect([code, JSON.parse(output)]).toEqual([
      0,
      {
        calls: 4,
        otherLines: 1,
        recipients: [
          { recipient: "01", opened: 4, withheld: 0, outcomes: { opened: 2, token_invalid: 1, masked: 1 }, readers: { billing: 3, risk: 1 }, first: "2026-10-01T00:00:00.000Z", last: "2026-11-01T00:00:00.000Z" },
          { recipient: "02", opened: 6, withheld: 4, outcomes: { withheld: 4, pseudonym: 5, opened: 1 }, readers: { risk: 6 }, first: "2026-11-02T00:00:00.000Z", last: "2026-11-03T00:00:00.000Z" },
        ],
      },
    ]);
  });

  test("says whether a key can be retired", async () => {
    const retire = async (...args: readonly string[]): Promise<number> => (await runFieldseal(["usage", ...args], { input: lines })).code;
    expect(await retire("--retire", "01")).toBe(1);
    expect(await retire("--retire", "01", "--since", "2026-11-01T12:00:00Z")).toBe(0);
    expect(await retire("--retire", "03")).toBe(0);
    expect(await retire("--since", "soon")).toBe(2);
  });

  test("no audit line is no answer", async () => {
    expect((await runFieldseal(["usage", "--retire", "01"], { input: "x\n" })).code).toBe(1);
  });

  test("reads what decryptors write", async () => {
    const { line: written } = await decryptor.call({ body: makeDirect(decryptor.recipients[0], "x") });
    const { output } = await runFieldseal(["usage"], { input: written });
    expect(output).toMatch(/^1 call\(s\), 0 other line\(s\)\n\nrecipient +opened .*\n01 +1 +0 +\d{4}-.*test 1\n$/);
  });
});
