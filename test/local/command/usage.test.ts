/** `fieldseal usage` shows from audit lines which recipients are still opened. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Decryptor, makeDirect, openDecryptor } from "../../support/decryptor.ts";
import { runFieldseal } from "../../support/terminal.ts";

let decryptor: Decryptor;

beforeAll(async () => {
  decryptor = await openDecryptor();
});

afterAll(() => decryptor.close());

describe("usage", () => {
  const line = (time: string, reader: string, recipients: object): string =>
    JSON.stringify({ audit: "fieldseal", time, reader, found: 1, recipients, note: "}" });
  const lines = [
    line("2026-10-01T00:00:00.000Z", "billing", { "01": { opened: 2, token_invalid: 1 }, "02": { withheld: 4 } }),
    `2026-11-01T00:00:00Z\tabc\tINFO\t${line("2026-11-01T00:00:00.000Z", "risk", { "01": { masked: 1 } })}`,
    JSON.stringify({
      events: [
        line("2026-11-02T00:00:00.000Z", "risk", { "02": { pseudonym: 5 } }),
        line("2026-11-03T00:00:00.000Z", "risk", { "02": { opened: 1 } }),
      ].map((message) => ({ message })),
    }),
    "START RequestId: 1",
  ].join("\n");

  test("adds up lines by recipient, whatever wraps the lines", async () => {
    const { code, output } = await runFieldseal(["usage", "--json"], { input: lines });
    expect([code, JSON.parse(output)]).toEqual([
      0,
      {
        calls: 4,
        earlierCalls: 0,
        unreadable: 0,
        otherLines: 1,
        first: "2026-10-01T00:00:00.000Z",
        last: "2026-11-03T00:00:00.000Z",
        recipients: [
          {
            recipient: "01",
            opened: 4,
            withheld: 0,
            outcomes: { opened: 2, token_invalid: 1, masked: 1 },
            readers: {
              billing: { opened: 3, last: "2026-10-01T00:00:00.000Z" },
              risk: { opened: 1, last: "2026-11-01T00:00:00.000Z" },
            },
            first: "2026-10-01T00:00:00.000Z",
            last: "2026-11-01T00:00:00.000Z",
          },
          {
            recipient: "02",
            opened: 6,
            withheld: 4,
            outcomes: { withheld: 4, pseudonym: 5, opened: 1 },
            readers: { risk: { opened: 6, last: "2026-11-03T00:00:00.000Z" } },
            first: "2026-11-02T00:00:00.000Z",
            last: "2026-11-03T00:00:00.000Z",
          },
        ],
      },
    ]);
  });

  test("says whether a key can be retired", async () => {
    const retire = async (...args: readonly string[]): Promise<number> =>
      (await runFieldseal(["usage", ...args], { input: lines })).code;
    expect(await retire("--retire", "01")).toBe(1);
    expect(await retire("--retire", "01", "--since", "2026-11-01T12:00:00Z")).toBe(0);
    expect(await retire("--retire", "03")).toBe(0);
    const moving = line("2026-11-05T00:00:00.000Z", "mover", { "01": { rewrapped: 9 } });
    expect((await runFieldseal(["usage", "--retire", "01"], { input: moving })).code).toBe(0);
    expect(await retire("--since", "soon")).toBe(2);
  });

  test("without an audit line the exit code is 1", async () => {
    expect((await runFieldseal(["usage", "--retire", "01"], { input: "x\n" })).code).toBe(1);
  });

  test("reads the lines that decryptors write", async () => {
    const { line: written } = await decryptor.call({ body: makeDirect(decryptor.recipients[0], "x") });
    const { output } = await runFieldseal(["usage"], { input: written });
    expect(output).toMatch(
      /^1 call\(s\), 0 other line\(s\)\n\nrecipient +opened .*\n01 +1 +0 +\d{4}-.*test 1 \(last \d{4}-.*\)\n$/,
    );
  });

  const entry = line("2026-10-05T00:00:00.000Z", "billing", { "01": { opened: 2 } });
  const forged = line("2026-10-06T00:00:00.000Z", "forged", { "01": { opened: 9 } });
  const asked = JSON.stringify({ ...JSON.parse(entry), purpose: `a "quoted" purpose with ${forged} and {` });
  const lambda = (message: unknown): string =>
    JSON.stringify({ timestamp: "2026-10-05T00:00:00Z", level: "INFO", requestId: "1", message });
  const csv = (text: string): string => `1759622400000,"${text.replaceAll('"', '""')}"`;
  const record = (messages: readonly string[]): string =>
    JSON.stringify({
      messageType: "DATA_MESSAGE",
      logEvents: messages.map((message) => ({ id: "1", timestamp: 1, message })),
    });

  test.each([
    { name: "alone", text: entry, calls: 1 },
    { name: "with a purpose that looks like a line", text: asked, calls: 1 },
    { name: "behind Lambda's prefix", text: `2026-10-05T00:00:00.000Z\tabc\tINFO\t${asked}\n`, calls: 1 },
    { name: "in Lambda's JSON format, as a string", text: lambda(asked), calls: 1 },
    { name: "in Lambda's JSON format, as an object", text: lambda(JSON.parse(asked)), calls: 1 },
    {
      name: "as the AWS CLI writes JSON",
      text: JSON.stringify({ events: [{ message: `${asked}\n` }, { message: "START" }] }, null, 4),
      calls: 1,
      others: 9,
    },
    {
      name: "as the AWS CLI writes JSON, in Lambda's JSON format",
      text: JSON.stringify({ events: [{ message: lambda(asked) }] }, null, 4),
      calls: 1,
      others: 6,
    },
    {
      name: "as the AWS CLI writes text",
      text:
        "EVENTS\t3755\t1759622400123\t2026/10/05/[$LATEST]ab" +
        `\t2026-10-05T00:00:00.000Z\tabc\tINFO\t${asked}\n\t1759622400000\n`,
      calls: 1,
      others: 1,
    },
    {
      name: "as in an export to S3",
      text: `2026-10-05T00:00:00.000Z ${asked}\n2026-10-05T00:00:01.000Z END RequestId: 1\n`,
      calls: 1,
      others: 1,
    },
    { name: "as Logs Insights writes CSV", text: `@timestamp,@message\n${csv(asked)}\n`, calls: 1, others: 1 },
    { name: "records of a subscription on one line", text: record([asked, "END", asked]) + record([entry]), calls: 3 },
    { name: "escaped by a tool with \\u0022", text: `{"m":"${entry.replaceAll('"', "\\u0022")}"}`, calls: 1 },
    { name: "with blanks, as jq -c or python write it", text: entry.replaceAll('":', '": '), calls: 1 },
    {
      name: "as a subscription packs them",
      text: JSON.stringify({ awslogs: { data: gzipSync(record([asked, "END", asked])).toString("base64") } }),
      calls: 2,
    },
    {
      name: "at several levels of one line",
      text: [
        asked,
        JSON.stringify({ m: asked }),
        JSON.stringify([lambda(asked)]),
        csv(entry),
        gzipSync(record([entry])).toString("base64"),
      ].join(" "),
      calls: 5,
    },
    {
      name: "six levels deep",
      text: Array.from({ length: 6 }).reduce<string>((inner) => JSON.stringify([inner]), asked),
      calls: 1,
    },
    { name: "with CR LF", text: `${entry}\r\n${entry}\r\n`, calls: 2 },
  ])("reads a line $name", async ({ text, calls, others = 0 }) => {
    for (const input of [
      Buffer.from(text),
      gzipSync(text),
      Buffer.concat([gzipSync(text.slice(0, 90)), gzipSync(text.slice(90))]),
    ]) {
      const { code, output } = await runFieldseal(["usage", "--json", "--retire", "01"], { input });
      const summary = JSON.parse(output);
      expect([code, summary.calls, summary.unreadable, summary.otherLines]).toEqual([1, calls, 0, others]);
      expect(summary.recipients).toEqual([
        expect.objectContaining({
          recipient: "01",
          opened: 2 * calls,
          readers: { billing: { opened: 2 * calls, last: "2026-10-05T00:00:00.000Z" } },
        }),
      ]);
    }
  });

  const other = line("2026-10-05T00:00:00.000Z", "billing", { "02": { opened: 2 }, "01": { withheld: 1 } });

  test.each([
    {
      name: "nobody opened the recipient",
      text: other,
      args: [],
      code: 0,
      verdict:
        "01 can be retired: 1 call(s) from 2026-10-05T00:00:00.000Z to 2026-10-05T00:00:00.000Z did not open it.",
    },
    {
      name: "opened before the time",
      text: `${entry}\n${other}`,
      args: ["--since", "2026-10-05T00:00:00.001Z"],
      code: 0,
      verdict: "01 can be retired: 0 call(s) did not open it.",
    },
    {
      name: "opened after the time",
      text: `${entry}\n${other}`,
      args: ["--since", "2026-10-05"],
      code: 1,
      verdict: "01 is still in use: billing opened 2 token(s), the last 2026-10-05T00:00:00.000Z.",
    },
    {
      name: "KMS failed to open it",
      text: entry.replace("opened", "kms_key_unusable"),
      args: [],
      code: 1,
      verdict: "01 is still in use: billing opened 2 token(s)",
    },
    {
      name: "only cut-off tokens were found",
      text: entry.replace("opened", "token_damaged"),
      args: [],
      code: 0,
      verdict: "01 can be retired",
    },
    {
      name: "a line that was cut off",
      text: `${other}\n${entry.slice(0, -20)}`,
      args: [],
      code: 1,
      verdict: "01 may still be in use: 1 audit line(s) cannot be read.",
    },
    {
      name: "a line that a tool rewrote",
      text: `${other}\n${JSON.stringify(JSON.parse(entry), null, 2)}`,
      args: [],
      code: 1,
      verdict: "01 may still be in use: 1 audit line(s) cannot be read.",
    },
    {
      name: "a line beside one that a tool rewrote",
      text: `${other} {"time":"x","audit":"fieldseal","recipients":{}}`,
      args: [],
      code: 1,
      verdict: "01 may still be in use: 1 audit line(s) cannot be read.",
    },
    {
      name: "a line nested deeper than any tool nests",
      text: `${other} ${Array.from({ length: 10 }).reduce<string>((inner) => JSON.stringify([inner]), entry)}`,
      args: [],
      code: 1,
      verdict: "01 may still be in use: 1 audit line(s) cannot be read.",
    },
    {
      name: "a line in entities",
      text: `${other}\n${entry.replaceAll('"', "&quot;")}`,
      args: [],
      code: 1,
      verdict: "01 may still be in use: 1 audit line(s) cannot be read.",
    },
    {
      name: "a line in entities of entities",
      text: `${other}\n${entry.replaceAll('"', "&amp;#x22;")}`,
      args: [],
      code: 1,
      verdict: "01 may still be in use: 1 audit line(s) cannot be read.",
    },
    {
      name: "a line in a URL",
      text: `${other}\n${encodeURIComponent(encodeURIComponent(entry))}`,
      args: [],
      code: 1,
      verdict: "01 may still be in use: 1 audit line(s) cannot be read.",
    },
    {
      name: "a line as Python prints a dict",
      text: `${other}\n${entry.replaceAll('"', "'")}`,
      args: [],
      code: 1,
      verdict: "01 may still be in use: 1 audit line(s) cannot be read.",
    },
    {
      name: "a line as names and values",
      text: `${other}\naudit=fieldseal recipients=01`,
      args: [],
      code: 1,
      verdict: "01 may still be in use: 1 audit line(s) cannot be read.",
    },
    {
      name: "a line in base64",
      text: `${other}\n${Buffer.from(`ab${entry}`).toString("base64")}`,
      args: [],
      code: 1,
      verdict: "01 may still be in use: 1 audit line(s) cannot be read.",
    },
    {
      name: "data of a subscription, cut off",
      text: `${other}\n${gzipSync(record([entry]))
        .toString("base64")
        .slice(0, 100)}`,
      args: [],
      code: 1,
      verdict: "01 may still be in use: 1 audit line(s) cannot be read.",
    },
    {
      name: "a line in UTF-16",
      text: `${other}\n${[...entry].join("\0")}`,
      args: [],
      code: 1,
      verdict: "01 may still be in use: 1 audit line(s) cannot be read.",
    },
    {
      name: "text that is not UTF-8",
      text: `${other}\nPAR1\ufffd`,
      args: [],
      code: 1,
      verdict: "01 may still be in use: 1 audit line(s) cannot be read.",
    },
    {
      name: "the words audit and fieldseal in other lines",
      text: `${other}\naudit log of /aws/lambda/fieldseal-prod-decryptor\nTHE_AUDIT: fieldseal-prod`,
      args: [],
      code: 0,
      verdict: "01 can be retired",
    },
    {
      name: "no audit line",
      text: "START\n",
      args: [],
      code: 1,
      verdict: "01 may still be in use: there is no audit line.",
    },
  ])("--retire: $name", async ({ text, args, code, verdict }) => {
    const result = await runFieldseal(["usage", "--retire", "01", ...args], { input: text });
    expect([result.code, result.output]).toEqual([code, expect.stringContaining(`\n${verdict}`)]);
    const json = await runFieldseal(["usage", "--retire", "01", "--json", ...args], { input: text });
    expect([json.code, JSON.parse(json.output).retire]).toEqual([
      code,
      { recipient: "01", can: code === 0, reason: expect.stringContaining(verdict) },
    ]);
  });

  test("reads lines that are compressed twice, as a delivery stream leaves a subscription's records", async () => {
    const { code, output } = await runFieldseal(["usage", "--json", "--retire", "01"], {
      input: gzipSync(Buffer.concat([record([entry]), record([entry, "END"])].map((each) => gzipSync(each)))),
    });
    expect([code, JSON.parse(output)]).toEqual([1, expect.objectContaining({ calls: 2, unreadable: 0 })]);
  });
});
