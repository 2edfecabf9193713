/** `fieldseal rewrap` moves stored tokens to another recipient. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Recipient } from "../../../core/token/recipient.ts";
import { createContentKey } from "../../../core/token/sealed-content.ts";
import { type Decryptor, makeDirect, makeSealed, openDecryptor } from "../../support/decryptor.ts";
import { makeFolder } from "../../support/policy-files.ts";
import { runFieldseal } from "../../support/terminal.ts";

const folder = makeFolder();
let decryptor: Decryptor;
let large: Recipient;
let reader: string;

beforeAll(async () => {
  decryptor = await openDecryptor();
  large = decryptor.makeRecipient("03", "RSA_3072");
  const { endpoint } = decryptor.client.config;
  const { protocol, hostname, port } = (await endpoint?.()) ?? { protocol: "", hostname: "", port: "" };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_KMS: `${protocol}//${hostname}:${port}`,
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "not a secret",
  });
  const recipients = [...decryptor.recipients, large].map(({ id, keyArn, prefix, suffix }) => ({
    id,
    keyArn,
    prefix,
    suffix,
  }));
  reader = folder.write("reader.json", JSON.stringify({ reader: "mover", recipients, open: [] }));
});

afterAll(async () => {
  delete process.env["AWS_ENDPOINT_URL_KMS"];
  folder.remove();
  await decryptor.close();
});

beforeEach(() => {
  decryptor.calls.length = 0;
  decryptor.intercept = async () => undefined;
});

const move = (
  args: readonly string[],
  input: string | Buffer = "",
  [from, to] = ["01", "02"],
): ReturnType<typeof runFieldseal> =>
  runFieldseal(["rewrap", "--reader", reader, "--from", from ?? "", "--to", to ?? "", ...args], { input });

const open = async (body: string, settings: object, contentType?: string): Promise<unknown> =>
  (await decryptor.call({ body, ...(contentType === undefined ? {} : { contentType }) }, settings)).result["body"];

const reencrypted = (): number => decryptor.calls.filter(({ operation }) => operation === "ReEncrypt").length;

test("a stream: each direct token and each content key takes one call; all other bytes stay", async () => {
  const [one, two] = decryptor.recipients;
  const [a, b] = [createContentKey(one), createContentKey(one)];
  const other = makeDirect(two, "other");
  const lines = [
    makeDirect(one, "direct"),
    makeSealed(one, "1.0", "l", a),
    makeSealed(one, '"x"', undefined, a),
    makeSealed(one, "[1]", undefined, b),
  ];
  const input = `{ "a": "${lines[0]}", "u": "\\u0041" }\r\n["${lines[1]}","${lines[2]}"]\n["${lines[3]}","${other}"]`;
  const { code, output, messages } = await move(["--type", "ndjson", "--json"], input);
  expect([code, JSON.parse(messages)]).toEqual([
    0,
    {
      from: "01",
      to: "02",
      kmsCalls: 3,
      direct: 1,
      sealed: 3,
      left: { "02": 1 },
      failed: {},
      files: [{ file: "-", direct: 1, sealed: 3, left: { "02": 1 }, failed: {}, failures: [] }],
    },
  ]);
  expect([reencrypted(), output.includes("#01#"), output.includes(other)]).toEqual([3, false, true]);
  expect(await open(output, { open: ["02"] }, "application/x-ndjson")).toBe(
    '{ "a": "direct", "u": "\\u0041" }\r\n[1.0,"x"]\n[[1],"other"]',
  );
  expect(decryptor.calls.some(({ operation, keyId }) => operation === "Decrypt" && keyId === one.keyArn)).toBe(false);
  const again = await move(["--type", "ndjson"], output);
  expect([again.code, again.output]).toEqual([0, output]);
});

test.each([
  ["a URL", (token: string) => `?a=${encodeURIComponent(token)}&b=1`],
  ["JSON in JSON", (token: string) => JSON.stringify({ a: JSON.stringify({ b: token }) })],
  ["entities", (token: string) => `<a>${token.replaceAll("#", "&#35;")}</a>`],
])("in %s the new token has the spelling of the old one", async (_, spell) => {
  const { output } = await move([], spell(makeDirect(decryptor.recipients[0], "v")));
  expect(output).not.toMatch(/(?:#|%23|&#35;)01/);
  expect(await open(output, { open: ["02"] })).toBe(spell("v"));
});

describe("refuses", () => {
  test("direct tokens of a larger key, but not sealed ones", async () => {
    const direct = await move([], makeDirect(large, "x"), ["03", "01"]);
    expect([direct.code, direct.messages, reencrypted()]).toEqual([
      1,
      expect.stringContaining("longer than a direct token"),
      0,
    ]);
    const sealed = await move([], `["${makeSealed(large, "7")}"]`, ["03", "01"]);
    expect([sealed.code, await open(sealed.output, {})]).toEqual([0, "[7]"]);
    const grown = await move([], makeDirect(decryptor.recipients[0], "x"), ["01", "03"]);
    expect([grown.code, grown.output.length]).toEqual([0, 4 + 512 + 4]);
  });

  test("a damaged token, unless --keep is set", async () => {
    const text = `${makeDirect(decryptor.recipients[0], "x").slice(0, 90)} ${makeDirect(decryptor.recipients[0], "y")}`;
    expect((await move([], text)).code).toBe(1);
    const kept = await move(["--keep", "--json"], text);
    expect([kept.code, JSON.parse(kept.messages)]).toEqual([
      1,
      expect.objectContaining({ direct: 1, failed: { token_damaged: 1 } }),
    ]);
    expect(kept.output.startsWith(text.slice(0, 91))).toBe(true);
  });

  test.each([
    [["--calls-per-second", "0"], 2],
    [["x.csv"], 2],
    [["--resume"], 2],
    [["absent.csv", "--out", "made.csv"], 1],
  ] as const)("%p", async (args, code) => {
    expect((await move(args)).code).toBe(code);
  });

  test("the same recipient twice, and an unknown one", async () => {
    expect((await move([], "", ["01", "01"])).code).toBe(2);
    expect((await move([], "", ["01", "09"])).code).toBe(2);
  });

  test("tokens that KMS may not move", async () => {
    decryptor.intercept = async ({ operation }) =>
      operation === "ReEncrypt" ? { kind: "error", name: "AccessDeniedException" } : undefined;
    const { code, messages, output } = await move([], makeDirect(decryptor.recipients[0], "x"));
    expect([code, messages, output]).toEqual([1, expect.stringContaining("denied"), ""]);
  });
});

test("a run continues a file where it stopped; the file gets its name once it is complete", async () => {
  const key = createContentKey(decryptor.recipients[0]);
  const rows = Array.from({ length: 4_000 }, (_, index) =>
    index % 1_000 === 0
      ? makeDirect(decryptor.recipients[0], String(index))
      : makeSealed(decryptor.recipients[0], `"${index}"`, undefined, key),
  );
  const file = folder.write("rows.csv", `id\r\n${rows.join("\r\n")}\r\n`);
  const out = folder.path("moved.csv");
  // The first chunk passes, with the content key and three values; then the key is gone.
  let calls = 0;
  decryptor.intercept = async ({ operation }) =>
    operation === "ReEncrypt" && ++calls > 4 ? { kind: "error", name: "DisabledException" } : undefined;
  expect((await move([file, "--out", out])).code).toBe(1);
  expect([existsSync(out), existsSync(`${out}.progress`)]).toEqual([false, true]);
  decryptor.intercept = async () => undefined;
  decryptor.calls.length = 0;
  const { code, messages } = await move([file, "--out", out, "--resume", "--json"]);
  expect([code, JSON.parse(messages)]).toEqual([
    0,
    expect.objectContaining({ direct: 4, sealed: 3_996, left: {}, failed: {}, kmsCalls: reencrypted() }),
  ]);
  // Fewer than a run from the beginning takes.
  expect(reencrypted()).toBeLessThan(5);
  expect([existsSync(`${out}.progress`), existsSync(`${out}.partial`)]).toEqual([false, false]);
  expect(await open(readFileSync(out, "utf8"), { open: ["02"] }, "text/csv")).toBe(
    `id\r\n${Array.from({ length: 4_000 }, (_, index) => `${index}\r\n`).join("")}`,
  );
});

test("a changed source is read again from its beginning", async () => {
  const file = folder.write("changing.txt", `${makeDirect(decryptor.recipients[0], "a")}\n`);
  const out = folder.path("changed.txt");
  writeFileSync(`${out}.partial`, "old\n");
  writeFileSync(
    `${out}.progress`,
    JSON.stringify({
      work: "other",
      source: 4,
      made: 4,
      counts: { direct: 0, sealed: 0, left: {}, failed: {}, failures: [] },
    }),
  );
  expect((await move([file, "--out", out, "--resume"])).code).toBe(0);
  expect(await open(readFileSync(out, "utf8"), { open: ["02"] }, "text/plain")).toBe("a\n");
});

test("several files, compressed ones too, into a folder", async () => {
  const one = folder.write("one.txt", makeDirect(decryptor.recipients[0], "1"));
  const two = folder.path("two.txt.gz");
  writeFileSync(two, gzipSync(makeDirect(decryptor.recipients[0], "2")));
  const out = folder.path("out");
  mkdirSync(out);
  expect((await move([one, two, "--out", out])).code).toBe(0);
  expect(await open(readFileSync(`${out}/one.txt`, "utf8"), {})).toBe("1");
  expect(await open(gunzipSync(readFileSync(`${out}/two.txt.gz`)).toString(), {})).toBe("2");
  expect((await move([one, "--out", one])).code).toBe(2);
});
