/** Lambda UDFs of Amazon Redshift: one result a row, and failed batches that fail the query. */
import { describe, expect, test } from "@jest/globals";
import { openCaller, secret } from "../../support/caller.ts";
import { makeSealed } from "../../support/decryptor.ts";

const caller = openCaller();
const { token, call, handle } = caller;

const without = (event: object, ...names: readonly string[]): object =>
  Object.fromEntries(Object.entries(event).filter(([name]) => !names.includes(name)));

describe("a batch", () => {
  const event = (rows: readonly unknown[]) => ({
    request_id: "23FF1F97-F28A-44AA-AB67-266ED976BF40",
    cluster: "arn:aws:redshift:us-west-2:111122223333:cluster:example",
    user: "adminuser",
    database: "db1",
    external_function: "public.restore",
    query_id: 5678234,
    num_records: rows.length,
    arguments: rows,
  });

  test("one result a row, nulls kept", async () => {
    expect(await handle(event([[token()], [null], null, ["plain"], token("b")]))).toEqual({
      success: true,
      num_records: 5,
      results: [secret, null, null, "plain", "b"],
    });
  });

  test.each<[string, object, string]>([
    ["two arguments", event([["a", "b"]]), "request_invalid"],
    ["another number of records", { ...event([["a"]]), num_records: 2 }, "request_invalid"],
    ["a number", event([[1]]), "request_invalid"],
  ])("%s", async (_, given, code) => {
    expect(await handle(given)).toEqual({ success: false, error_msg: expect.stringContaining(code) });
  });

  test("a damaged token fails the batch, without any of its values", async () => {
    const answer = await handle(event([[token()], [token().slice(0, 60)]]));
    expect(answer).toEqual({
      success: false,
      error_msg: expect.stringMatching(/^token_damaged: .*at arguments\[1\], offset 0/),
    });
    expect(JSON.stringify(answer)).not.toContain(secret);
  });
});

describe("documented events", () => {
  /** Amazon Redshift Database Developer Guide, "Creating a scalar Lambda UDF". */
  const redshift = (rows: readonly unknown[], more: object = {}): object => ({
    request_id: "23FF1F97-F28A-44AA-AB67-266ED976BF40",
    cluster: "arn:aws:redshift:xxxx",
    user: "adminuser",
    database: "db1",
    external_function: "public.foo",
    query_id: 5678234,
    num_records: rows.length,
    arguments: rows,
    ...more,
  });

  const repeatRow = (row: readonly unknown[]): readonly unknown[] => [row, row, row];

  test.each<{ readonly why: string; readonly rows: () => readonly unknown[]; readonly results: readonly unknown[] }>([
    { why: "none", rows: () => [], results: [] },
    {
      why: "nulls, in lists and alone",
      rows: () => [[null], null, [token()], null],
      results: [null, null, secret, null],
    },
    { why: "values alone", rows: () => [token("a"), "plain", ""], results: ["a", "plain", ""] },
    { why: "the same row again", rows: () => repeatRow([`<${token()}>`]), results: Array(3).fill(`<${secret}>`) },
    {
      why: "JSON in a row: its values cannot change it",
      rows: () => [[`{"a":"${token('","b":"')}","n":"${makeSealed(caller.decryptor.recipients[0], "1.0")}"}`]],
      results: ['{"a":"\\",\\"b\\":\\"","n":1.0}'],
    },
    {
      why: "what is no string",
      rows: () => [
        [makeSealed(caller.decryptor.recipients[0], "12.50")],
        [makeSealed(caller.decryptor.recipients[0], "null")],
      ],
      results: ["12.50", "null"],
    },
  ])("$why", async ({ rows, results }) => {
    expect((await call(redshift(rows()))).result).toEqual({
      success: true,
      num_records: results.length,
      results,
    });
  });

  test.each<{ readonly why: string; readonly event: () => object; readonly code: string }>([
    {
      why: "fewer records than rows",
      event: () => redshift([["a"], ["b"]], { num_records: 1 }),
      code: "request_invalid",
    },
    {
      why: "a number of records as text",
      event: () => redshift([["a"]], { num_records: "1" }),
      code: "request_invalid",
    },
    { why: "no number of records", event: () => without(redshift([["a"]]), "num_records"), code: "request_invalid" },
    { why: "two columns", event: () => redshift([["a", "b"]]), code: "request_invalid" },
    { why: "two nulls", event: () => redshift([[null, null]]), code: "request_invalid" },
    { why: "a number", event: () => redshift([[1]]), code: "request_invalid" },
    {
      why: "one bad token of three",
      event: () => redshift([[token()], [token().slice(0, 99)], [token()]]),
      code: "token_damaged",
    },
  ])("$why: the query fails with $code", async ({ event, code }) => {
    const { result, error, line } = await call(event());
    expect(error).toBeUndefined();
    expect(result).toEqual({ success: false, error_msg: expect.stringMatching(`^${code}: `) });
    expect(JSON.stringify(result) + line).not.toContain(secret);
  });
});
