/** `fieldseal rewrap` moves tokens of all key sizes, in files of all kinds. */
import { chmodSync, copyFileSync, existsSync, readFileSync, statSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { GetPublicKeyCommand } from "@aws-sdk/client-kms";
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Recipient } from "../../../core/token/recipient.ts";
import { createContentKey } from "../../../core/token/sealed-content.ts";
import { type Decryptor, makeDirect, makeSealed } from "../../support/decryptor.ts";
import { maskTokens, sizes, useMover } from "../../support/mover.ts";
import { runFieldseal } from "../../support/terminal.ts";

const mover = useMover();
const { folder, move, operations, open, makeFolderIn } = mover;
let decryptor: Decryptor;
let recipients: readonly Recipient[];
let one: Recipient;
let two: Recipient;

beforeAll(() => {
  ({ decryptor, recipients, one, two } = mover.current());
});

describe("keys of all sizes", () => {
  test.each(sizes.flatMap((from) => sizes.map((to) => ({ from, to }))))(
    "from RSA $from to RSA $to",
    async ({ from, to }) => {
      const source = recipients.find(({ id }) => id === `${from}A`) ?? one;
      const args = { from: `${from}A`, to: `${to}B` };
      const value = "x".repeat(source.capacity);
      const direct = await move([], { ...args, input: makeDirect(source, value) });
      if (from > to) {
        expect([direct.code, direct.output, direct.messages]).toEqual([
          1,
          "",
          expect.stringContaining("value_too_long"),
        ]);
        expect(operations()).toEqual(["DescribeKey"]);
      } else {
        expect([direct.code, await open(direct.output)]).toEqual([0, value]);
      }
      const sealed = await move([], { ...args, input: makeSealed(source, '"any length"') });
      expect([sealed.code, await open(`[${JSON.stringify(sealed.output)}]`, "application/json")]).toEqual([
        0,
        '["any length"]',
      ]);
      expect(sealed.output).toContain(`#${to}B#`);
    },
  );
});

test("with a policy, KMS gets only ReEncrypt calls", async () => {
  for (const { id, keyArn } of [one, two]) {
    const { PublicKey } = await decryptor.client.send(new GetPublicKeyCommand({ KeyId: keyArn }));
    folder.write(
      `own-${id}.pem`,
      `-----BEGIN PUBLIC KEY-----\n${Buffer.from(PublicKey ?? []).toString("base64")}\n-----END PUBLIC KEY-----\n`,
    );
  }
  const settings = {
    recipients: [one, two].map(({ id, keyArn, prefix, suffix }) => ({
      id,
      keyArn,
      prefix,
      suffix,
      publicKeyFile: `own-${id}.pem`,
    })),
  };
  const policy = folder.writePolicy("policy.json", [{ body: ["$.ssn"] }], settings);
  const input = `${makeDirect(one, "a")} ${makeSealed(one, "1")}`;
  const { code, output } = await runFieldseal(["rewrap", "--policy", policy, "--from", "01", "--to", "02"], { input });
  expect([code, await open(output, "text/plain"), operations()]).toEqual([
    0,
    "a 1",
    ["ReEncrypt", "ReEncrypt", "Decrypt", "Decrypt"],
  ]);
});

describe("files of all kinds", () => {
  test.each([
    { name: "empty.ndjson", bytes: Buffer.alloc(0), moved: "" },
    { name: "empty.gz", bytes: gzipSync(""), moved: "" },
    { name: "none.json", bytes: Buffer.from('{ "a":1.0 }'), moved: '{ "a":1.0 }' },
    { name: "plain.txt.gz", bytes: Buffer.from("not compressed"), moved: "not compressed" },
    { name: "compressed-without-a-name", bytes: gzipSync("a\n"), moved: "a\n" },
    {
      name: "blank-lines.csv",
      bytes: Buffer.from(`a,b\n${"\n".repeat(1_500_000)}x,y\n`),
      moved: `a,b\n${"\n".repeat(1_500_000)}x,y\n`,
    },
    { name: "no-token.json.gz", bytes: gzipSync("[1]"), moved: "[1]" },
  ])("$name", async ({ name, bytes, moved }) => {
    const file = folder.write(name, bytes);
    chmodSync(file, 0o640);
    const out = folder.path(`out-${name}`);
    const { code } = await move([file, "--out", out]);
    const made = readFileSync(out);
    const isGzip = bytes[0] === 0x1f;
    expect([code, (isGzip ? gunzipSync(made) : made).toString("utf8") === moved, statSync(out).mode & 0o777]).toEqual([
      0,
      true,
      0o640,
    ]);
  });

  test("CSV with chunks that begin with blank lines, and rows of several lines", async () => {
    const key = createContentKey(one);
    const rows = Array.from(
      { length: 3_000 },
      (_, index) => `\r\n\r\n${index},"${makeSealed(one, `${index}`, undefined, key)}\r\n\r\nx ""y"""`,
    );
    const csv = `id,value${rows.join("")}\r\n`;
    const out = folder.path("chunks.out");
    expect((await move([folder.write("chunks.csv", csv), "--out", out])).code).toBe(0);
    expect(maskTokens(readFileSync(out, "utf8"))).toBe(maskTokens(csv).replaceAll("token of 01", "token of 02"));
  });

  test("CSV whose delimiter only the first line shows, also after a run that stopped", async () => {
    const key = createContentKey(one);
    const token = makeSealed(one, "1", undefined, key);
    const rows = Array.from({ length: 20_000 }, (_, index) => {
      return `${index}\t"x, y; é ""z"""\t${index % 100 === 0 ? token : `5,5 ${"-".repeat(100)}`}\r\n`;
    });
    const csv = `\ufeff${token}\ttext\tvalue\r\n${rows.join("")}`;
    const file = folder.write("tabs.csv", `${csv}1\t2\t${token.slice(0, 90)}\r\n`);
    const out = folder.path("tabs.out");
    expect(await move([file, "--out", out])).toMatchObject({
      code: 1,
      messages: expect.stringContaining(`byte ${Buffer.byteLength(csv) + 4}: token_damaged`),
    });
    const { code, messages } = await move([file, "--out", out, "--resume", "--keep", "--json"]);
    expect([code, JSON.parse(messages)]).toEqual([
      1,
      expect.objectContaining({ sealed: 201, failed: { token_damaged: 1 } }),
    ]);
    expect(maskTokens(readFileSync(out, "utf8"))).toBe(
      maskTokens(readFileSync(file, "utf8")).replaceAll("token of 01", "token of 02"),
    );
  });

  test.each([
    { kind: "text", pack: (text: string) => Buffer.from(text), unpack: String },
    {
      kind: "gzip",
      pack: (text: string) => gzipSync(text, { level: 0 }),
      unpack: (bytes: Buffer) => String(gunzipSync(bytes)),
    },
  ])("base64 of $kind in lines, across the end of a chunk", async ({ pack, unpack }) => {
    const key = createContentKey(one);
    const text = Array.from(
      { length: 40 },
      (_, index) => `{"n":${index},"v":"${makeSealed(one, `${index}`, undefined, key)}"}\n`,
    ).join("");
    const base64 = pack(text).toString("base64").replace(/.{76}/g, "$&\n");
    const before = "a line\n".repeat(149_000);
    const { code, output } = await move(["--type", "text"], { input: `${before}${base64}\n${before}` });
    const made = unpack(Buffer.from(output.slice(before.length, -before.length), "base64"));
    expect([code, maskTokens(made)]).toEqual([0, maskTokens(text).replaceAll("token of 01", "token of 02")]);
  });

  test.each([
    { name: "cut.gz", bytes: gzipSync("x".repeat(1_000)).subarray(0, 20), reason: "content coding" },
    { name: "latin1.txt", bytes: Buffer.from([0x41, 0xe9, 0x0a]), reason: "UTF-8" },
    { name: "broken.json", bytes: Buffer.from('{"a":"#01#'), reason: "well-formed" },
    { name: "broken.ndjson", bytes: Buffer.from('{"a":"#01#"}\n{"b":'), reason: "well-formed" },
  ])("$name is refused", async ({ name, bytes, reason }) => {
    const { code, messages } = await move([folder.write(name, bytes), "--out", folder.path(`out-${name}`)]);
    expect([code, messages, existsSync(folder.path(`out-${name}`))]).toEqual([
      1,
      expect.stringMatching(new RegExp(`${reason}.*${name}, after byte 0`)),
      false,
    ]);
  });

  test("NDJSON with a broken line moves with --type text", async () => {
    const file = folder.write(
      "some-broken.ndjson",
      `{"a":"${makeDirect(one, "x")}"}\n{"b":"${makeDirect(one, "y").replaceAll("/", "\\/")}\n`,
    );
    expect(await move([file, "--out", folder.path("some.out")])).toMatchObject({
      code: 1,
      messages: expect.stringContaining("add --type text"),
    });
    expect((await move([file, "--out", folder.path("some.out"), "--type", "text"])).code).toBe(0);
    expect(await open(folder.read("some.out"), "text/plain")).toBe('{"a":"x"}\n{"b":"y\n');
  });

  test("a folder as input and a missing output folder are refused", async () => {
    expect((await move([makeFolderIn("some"), "--out", folder.path("made")])).code).toBe(1);
    expect((await move([folder.write("z.txt", "z"), "--out", folder.path("absent/made")])).code).toBe(1);
    expect((await move([folder.path("z.txt"), folder.path("reader.json"), "--out", folder.path("absent")])).code).toBe(
      2,
    );
  });

  test("an existing output file stays until the new one is complete", async () => {
    const out = folder.write("kept.out", "old");
    const file = folder.write("kept.txt", makeDirect(one, "x").slice(0, 80));
    expect([(await move([file, "--out", out])).code, readFileSync(out, "utf8")]).toEqual([1, "old"]);
    copyFileSync(folder.write("new.txt", "new"), file);
    expect([(await move([file, "--out", out])).code, readFileSync(out, "utf8")]).toEqual([0, "new"]);
  });
});
