import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { startKms } from "../../../local/kms/server.ts";
import { requireKmsKey } from "../../../local/recipient-key.ts";
import { keys } from "../../support/edge.ts";
import { makeFolder } from "../../support/policy-files.ts";
import { runFieldseal } from "../../support/terminal.ts";

const folder = makeFolder();
afterAll(folder.remove);

const policy = folder.writePolicy("policy.json", [
  { name: "r", body: ["$..ssn"], fields: ["ssn"], xml: ["//ssn"], detect: ["email", "private-key"] },
]);
const withKeys = ["--policy", policy, "--key", `01=${folder.path("01.key")}`, "--key", `02=${folder.path("02.key")}`];

async function protect(input: string | Buffer, type: string, others: readonly string[] = []) {
  return await runFieldseal(["protect", "--policy", policy, "--path", "/people", "--type", type, ...others], { input });
}

async function restore(input: string | Buffer, type: string, others: readonly string[] = []) {
  return await runFieldseal(["restore", ...withKeys, "--type", type, ...others], { input });
}

describe("protect, then restore", () => {
  test.each<[string, string, number]>([
    ["json", '{ "ssn": "078-05-1120", "n": 1.0, "mail": "x ada@example.com y" }\n', 2],
    ["application/vnd.api+json", '{"ssn":null}', 1],
    ["ndjson", '{"ssn":1}\n\n{"ssn":true, "a":1.0}\r\n', 2],
    ["csv", 'id,ssn\r\n1,"a ""b"""\r\n2,x\r\n', 2],
    ["form", "ssn=a+b&x=1", 1],
    ["xml", "<a><ssn>1&lt;</ssn><x/></a>", 1],
    ["text", "write to ada@example.com\nor bob@example.com", 2],
    ["text", "", 0],
    ["json", "", 0],
    ["json", "{}", 0],
  ])("%s: %j", async (type, document, tokens) => {
    const sealed = await protect(document, type);
    expect([sealed.code, sealed.messages]).toEqual([0, `${tokens} token(s) made`]);
    if (tokens === 0) expect(sealed.output).toBe(document);
    else expect(sealed.output).not.toMatch(/ada@|078-05/);
    const opened = await restore(sealed.output, type);
    expect([opened.code, opened.messages]).toEqual([
      0,
      `${tokens} token(s) opened, 0 left because the reader may not open them, 0 failed`,
    ]);
    const same = type === "csv" || type === "form" || type === "xml" ? document.replaceAll("+", "%20") : document;
    expect(opened.output.replaceAll("+", "%20")).toBe(same);
  });

  test("from file to file, by extension, with a private mode", async () => {
    const file = folder.write("people.ndjson", '{"ssn":1}\n');
    const sealed = folder.path("sealed.ndjson");
    expect(
      await runFieldseal(["protect", file, "--policy", policy, "--path", "/people", "--out", sealed, "--json"]),
    ).toMatchObject({ code: 0, output: "", messages: '{"tokens":1}' });
    expect(folder.read("sealed.ndjson")).toContain("#01#");
    expect(statSync(sealed).mode & 0o777).toBe(0o600);
    const { messages } = await runFieldseal(["restore", sealed, ...withKeys, "--out", sealed, "--json"]);
    expect(messages).toBe('{"found":1,"opened":1,"withheld":0,"failed":0}');
    expect(folder.read("sealed.ndjson")).toBe('{"ssn":1}\n');
  });

  test("CSV whose delimiter only the first line shows, in several chunks", async () => {
    const { output } = await protect('{"ssn":"a\\tb"}', "json");
    const token = /#01#[^"]+#10#/.exec(output)?.[0] ?? "";
    const make = (value: string): string =>
      ["id\tn\tv\n"]
        .concat(
          Array.from({ length: 20_000 }, (_, index) => {
            return `${index}\t5,5${"-".repeat(100)}\t${index % 1_000 === 999 ? value : ""}\n`;
          }),
        )
        .join("");
    expect((await restore(make(token), "csv")).output === make('"a\tb"')).toBe(true);
    const damaged = `${make("")}1\t2\t${token.slice(0, 90)}\n`;
    expect((await restore(damaged, "csv", ["--keep"])).messages).toContain(
      `offset ${damaged.lastIndexOf("\t") + 1}: token_damaged`,
    );
  });

  test("without a type, a JSON document is read as JSON", async () => {
    const { output } = await protect('{"ssn":1}', "json");
    expect((await runFieldseal(["restore", ...withKeys], { input: output })).output).toBe('{"ssn":1}');
    expect((await runFieldseal(["restore", ...withKeys], { input: `x ${output} y` })).output).toBe('x {"ssn":1} y');
  });
});

describe("long documents, in chunks", () => {
  const filler = "x".repeat(900);

  test("NDJSON", async () => {
    const document = Array.from({ length: 3_000 }, (_, index) => `{"ssn":${index},"x":"${filler}é"}\n`).join("");
    const sealed = await protect(document, "ndjson");
    expect(sealed.messages).toBe("3000 token(s) made");
    // One content key for all of it.
    expect(new Set(sealed.output.match(/#01#[^.]+\.[^.]+/g)).size).toBe(1);
    expect((await restore(sealed.output, "ndjson")).output === document).toBe(true);
  });

  test("CSV, whose records have line breaks within quotes, after its header", async () => {
    const rows = Array.from({ length: 3_000 }, (_, index) => `${index},"a\n""${filler}"",b",end\n`).join("");
    const document = `id,ssn,x\n${rows}`;
    const sealed = await protect(document, "csv");
    expect(sealed.messages).toBe("3000 token(s) made");
    expect(sealed.output.startsWith("id,ssn,x\n0,")).toBe(true);
    expect(sealed.output.match(/id,ssn,x/g)?.length).toBe(1);
    expect((await restore(sealed.output, "csv")).output === document).toBe(true);
  });

  test.each([
    { name: "people.csv.gz", type: "csv", rows: (value: string) => `id;mail\n1;${value}\n` },
    { name: "people.json.gz", type: "json", rows: (value: string) => `{\n"mail": "${value}"\n}` },
    { name: "people.log.gz", type: "text", rows: (value: string) => `a ${value}\n`.repeat(60_000) },
    { name: "empty.csv.gz", type: "csv", rows: () => "" },
  ])("$name, with and without --type, stays compressed", async ({ name, type, rows }) => {
    const { output: token } = await protect("ada@example.com", "text");
    const file = folder.write(name, "");
    writeFileSync(file, gzipSync(rows(token)));
    const out = folder.path(`restored-${name}`);
    for (const args of [[file], [file, "--type", type]]) {
      const { code } = await runFieldseal(["restore", ...args, ...withKeys, "--out", out]);
      expect([code, gunzipSync(readFileSync(out)).toString() === rows("ada@example.com")]).toEqual([0, true]);
    }
  });

  test.each(["", "\n", "\r\n\r\n", "\ufeff\n", "\n".repeat(1_100_000)])(
    "CSV behind empty lines: its names are known in every chunk",
    async (before) => {
      const rows = Array.from({ length: 600 }, (_, index) => `${index},078-05-1120,${"x".repeat(5_000)}\r\n`);
      const document = `${before}id,ssn,note\r\n${rows.join("")}`;
      const sealed = await protect(document, "csv");
      expect([sealed.code, sealed.messages, sealed.output.includes("078-05-1120")]).toEqual([
        0,
        "600 token(s) made",
        false,
      ]);
      const opened = await restore(sealed.output, "csv");
      expect(opened.output === document).toBe(true);
    },
  );

  test.each<{ readonly name: string; readonly write: (token: string) => string }>([
    { name: "tokens in lines", write: (token) => token.replace(/(.{76})/g, "$1\n") },
    {
      name: "base64 in lines",
      write: (token) =>
        Buffer.from(`{"m":"${token}"}`)
          .toString("base64")
          .replace(/(.{76})/g, "$1\n"),
    },
  ])("text with $name, which chunks do not cut apart", async ({ name, write }) => {
    const { output: token } = await protect("ada@example.com", "text");
    const document = (value: string): string =>
      Array.from({ length: 4_000 }, (_, index) => `line ${index}\n${value}\nend`).join("\n");
    const { code, output, messages } = await restore(document(write(token)), "text");
    expect([code, messages]).toEqual([
      0,
      "4000 token(s) opened, 0 left because the reader may not open them, 0 failed",
    ]);
    if (name === "tokens in lines") expect(output === document("ada@example.com")).toBe(true);
  });

  test.each([0, 1, 2, 3, 5, 8, 13])(
    "text, with a value of several lines across the end of a chunk, %i characters further",
    async (shift) => {
      const base64 = `${"MIIEowIBAAKCAQEA".repeat(4)}\n`.repeat(20);
      const pem = `-----BEGIN RSA PRIVATE KEY-----\n${base64}-----END RSA PRIVATE KEY-----`;
      const line = `${filler.slice(0, 63)}\n`;
      // The chunk ends within the block: it holds 2^20 characters and what was read beyond.
      const blocks = Array.from(
        { length: 24 },
        (_, index) => `${"y".repeat(shift + index * 7)}\n${line.repeat(700)}${pem}\nada@example.com\n`,
      );
      const document = blocks.join(pem.replaceAll("-----", "====="));
      const sealed = await protect(document, "text");
      expect(sealed.messages).toBe("48 token(s) made");
      expect(/-----BEGIN RSA|ada@/.test(sealed.output)).toBe(false);
      // Not `toBe`, which would show megabytes.
      expect((await restore(sealed.output, "text")).output === document).toBe(true);
    },
  );

  test("JSON as a whole, beyond CloudFront's limit", async () => {
    const document = JSON.stringify(Array.from({ length: 6_000 }, () => ({ ssn: "1", x: filler })));
    const sealed = await protect(document, "json");
    expect(sealed.messages).toBe("6000 token(s) made");
    expect(sealed.bytes.length).toBeGreaterThan(2_000_000);
  });

  test("wherever chunks are cut, the text is the same", async () => {
    const record = fc
      .record({ ssn: fc.jsonValue(), x: fc.string({ unit: "grapheme" }) })
      .map((value) => JSON.stringify(value));
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 7 }),
        async (records, pieceBytes) => {
          const input = records.join("\n");
          const sealed = await runFieldseal(["protect", "--policy", policy, "--path", "/people", "--type", "ndjson"], {
            input,
            pieceBytes,
          });
          const opened = await runFieldseal(["restore", ...withKeys, "--type", "ndjson"], {
            input: sealed.output,
            pieceBytes,
          });
          expect(opened.output).toBe(input);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("progress is shown", async () => {
    const { progress } = await protect(`{"x":"${filler}"}\n`.repeat(3_000), "ndjson");
    expect(progress.length).toBeGreaterThan(1);
    expect(progress[0]).toMatch(/^protect: \d+\.\d MB, \d+ tokens$/);
  });
});

describe("protect refuses, and writes nothing", () => {
  test.each<[string, string, string, RegExp]>([
    ["a malformed document", "json", '{"CANARY', /not well-formed.*offset 8/],
    ["a token", "json", '{"CANARY":"#01#"}', /reserved marker/],
    ["a document that is not UTF-8", "ndjson", "\xff", /UTF-8/],
    ["a malformed line, with its offset in the document", "ndjson", '{"a":1}\n{"CANARY\n', /offset 16/],
  ])("%s", async (_, type, document, message) => {
    const { code, output, messages } = await runFieldseal(
      ["protect", "--policy", policy, "--path", "/people", "--type", type, "--out", folder.path("refused")],
      { input: Buffer.from(document, "latin1") },
    );
    expect([code, output]).toEqual([1, ""]);
    expect(messages).toMatch(message);
    expect(messages).not.toContain("CANARY");
    expect(readdirSync(folder.path(".")).filter((name) => name.startsWith("refused"))).toEqual([]);
  });

  test.each<[string, readonly object[], object]>([
    ["no rule covers the path", [{ path: "/other", body: ["$.a"] }], {}],
    ["a rule looks into headers only", [{ headers: ["x"] }], {}],
    ["a rule reports only", [{ mode: "report", body: ["$.a"] }], {}],
    ["the edge would let it through unread", [{ body: ["$.a"], unreadable: "pass" }], {}],
  ])("a document is refused if %s", async (_, rules, settings) => {
    const lax = folder.writePolicy("lax.json", rules, settings);
    const { code, output } = await runFieldseal(["protect", "--policy", lax, "--path", "/people", "--type", "json"], {
      input: '{"a":"1"',
    });
    expect([code, output]).toEqual([1, ""]);
  });

  test.each([
    ["no policy", ["--path", "/people"]],
    ["no path", ["--policy", policy]],
    ["a path without a slash", ["--policy", policy, "--path", "people"]],
    ["no type", ["--policy", policy, "--path", "/people"]],
    ["an unknown type", ["--policy", policy, "--path", "/people", "--type", "yaml"]],
    ["two files", ["--policy", policy, "--path", "/people", "a.json", "b.json"]],
  ])("%s: exit code 2", async (_, args) => {
    expect(await runFieldseal(["protect", ...args])).toMatchObject({ code: 2, output: "" });
  });
});

describe("restore", () => {
  test("a damaged token fails, or stays", async () => {
    const { output } = await protect('{"ssn":1}', "json");
    const damaged = output.replace(/\.[^.]+#10#/, ".AAAAAAAAAAAAAAAAAAAAAA#10#");
    expect(await restore(damaged, "json")).toMatchObject({
      code: 1,
      output: "",
      messages: expect.stringContaining("Token invalid"),
    });
    expect(await restore(damaged, "json", ["--keep"])).toMatchObject({
      code: 1,
      output: damaged,
      messages: expect.stringContaining("token_invalid"),
    });
  });

  test("tokens of recipients that the reader may not open stay", async () => {
    const { output } = await protect('{"ssn":1}', "json");
    const [first, second] = keys;
    const reader = {
      reader: "r",
      open: [second.id],
      recipients: [first, second].map(({ id, keyArn, prefix, suffix }) => ({ id, keyArn, prefix, suffix })),
    };
    const args = [
      "restore",
      "--reader",
      folder.write("reader.json", JSON.stringify(reader)),
      "--key",
      `02=${folder.path("02.key")}`,
    ];
    expect(await runFieldseal(args, { input: output })).toMatchObject({
      code: 0,
      output,
      messages: "0 token(s) opened, 1 left because the reader may not open them, 0 failed",
    });
  });

  test("a wrong key, a missing key and a file without a key are refused", async () => {
    const { output } = await protect('{"ssn":1}', "json");
    const run = (...args: readonly string[]) =>
      runFieldseal(["restore", "--policy", policy, ...args], { input: output });
    expect(await run("--key", `01=${folder.path("02.key")}`)).toMatchObject({ code: 1, output: "" });
    expect(await run("--key", `02=${folder.path("02.key")}`)).toMatchObject({ code: 1, output: "" });
    expect(await run("--key", `01=${folder.path("01.pem")}`)).toMatchObject({ code: 1, output: "" });
    expect(await run("--key", `03=${folder.path("01.key")}`)).toMatchObject({ code: 2, output: "" });
    expect(await run("--data", folder.path("."))).toMatchObject({ code: 1, output: "" });
    expect(await runFieldseal(["restore"], { input: output })).toMatchObject({ code: 2, output: "" });
  });

  test("restores with the keys of a data folder, and with KMS", async () => {
    mkdirSync(folder.path("data"));
    const kms = await startKms({ port: 0, databaseFile: folder.path("data/kms.sqlite") });
    const settings = {
      region: "eu-central-1",
      endpoint: kms.url,
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    };
    const { keyArn, publicKeyPem } = await requireKmsKey("alias/fieldseal-01", settings);
    folder.write("data/01.pem", publicKeyPem);
    const local = folder.write(
      "data/policy.json",
      JSON.stringify({
        version: 1,
        otherwise: "pass",
        recipients: [{ id: "01", keyArn, publicKeyFile: "01.pem", prefix: "#01#", suffix: "#10#" }],
        rules: [{ path: "/people", recipient: "01", body: ["$.a"] }],
      }),
    );
    const { output } = await runFieldseal(["protect", "--policy", local, "--path", "/people", "--type", "json"], {
      input: '{"a":"secret"}',
    });
    expect(output).not.toContain("secret");
    const before = { ...process.env };
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_KMS: kms.url,
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
    });
    try {
      expect(await runFieldseal(["restore", "--policy", local], { input: output })).toMatchObject({
        code: 0,
        output: '{"a":"secret"}',
      });
    } finally {
      process.env = before;
      await kms.close();
    }
    expect(await runFieldseal(["restore", "--data", folder.path("data")], { input: output })).toMatchObject({
      code: 0,
      output: '{"a":"secret"}',
    });
  });
});

test("a gzip file is not read as JSON", async () => {
  expect(await protect(gzipSync('{"ssn":1}'), "json")).toMatchObject({ code: 1, output: "" });
});
