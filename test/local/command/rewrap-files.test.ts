/**
 * Files of tokens move whatever happens in between: killed runs, faults of KMS, names that collide, keys of other
 * sizes.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { GetPublicKeyCommand } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Recipient } from "../../../core/token/recipient.ts";
import { createContentKey } from "../../../core/token/sealed-content.ts";
import { lockFile } from "../../../local/command/files/file-lock.ts";
import { type Decryptor, makeDirect, makeSealed, openDecryptor } from "../../support/decryptor.ts";
import { makeFolder } from "../../support/policy-files.ts";
import { type CommandResult, runFieldseal } from "../../support/terminal.ts";

const folder = makeFolder();
const sizes = [2_048, 3_072, 4_096] as const;
let decryptor: Decryptor;
let recipients: readonly Recipient[];
let one: Recipient;
let two: Recipient;
let reader: string;

beforeAll(async () => {
  decryptor = await openDecryptor();
  [one, two] = decryptor.recipients;
  const others = await Promise.all(
    sizes.flatMap((size) => ["A", "B"].map((letter) => decryptor.makeRecipient(`${size}${letter}`, `RSA_${size}`))),
  );
  recipients = [one, two, ...others];
  const endpoint = await decryptor.client.config.endpoint?.();
  process.env["AWS_ENDPOINT_URL_KMS"] = `http://${endpoint?.hostname}:${endpoint?.port}`;
  reader = folder.write(
    "reader.json",
    JSON.stringify({
      reader: "mover",
      recipients: recipients.map(({ id, keyArn, prefix, suffix }) => ({ id, keyArn, prefix, suffix })),
      open: [],
    }),
  );
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

const move = (args: readonly string[], { from = "01", to = "02", input = "" } = {}): Promise<CommandResult> =>
  runFieldseal(["rewrap", "--reader", reader, "--from", from, "--to", to, ...args], { input });
const operations = (): readonly string[] => decryptor.calls.map(({ operation }) => operation);
const open = async (body: string, contentType?: string): Promise<unknown> => {
  const settings = {
    recipients: recipients.map(({ id, keyArn, prefix, suffix }) => ({ id, keyArn, prefix, suffix })),
    open: recipients.map(({ id }) => id),
    limits: { tokens: 100_000 },
  };
  return (await decryptor.call({ body, ...(contentType === undefined ? {} : { contentType }) }, settings)).result[
    "body"
  ];
};
const makeFolderIn = (name: string): string => {
  mkdirSync(folder.path(name), { recursive: true });
  return folder.path(name);
};

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

test("with a policy, KMS is asked for ReEncrypt and nothing else", async () => {
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

/** Lines of tokens and text, larger than several pieces. */
function makeLines(count: number): string {
  let key = createContentKey(one);
  const lines = Array.from({ length: count }, (_, index) => {
    if (index % 50 === 0) key = createContentKey(one);
    const token = index % 100 === 7 ? makeDirect(one, `"${index}"\n`) : makeSealed(one, `${index}.0`, undefined, key);
    return `{ "n": ${index}, "é\\u00e9": "${token}", "x": 1.0${" ".repeat(index % 7)}}`;
  });
  return `${lines.join("\n")}\n`;
}

const mask = (text: string): string =>
  text.replace(/#0[12]#[^"~]+~0[12]~/g, (token) => `token of ${token.slice(1, 3)}`);

describe("a run that is killed", () => {
  let lines: string;
  let restored: unknown;

  /** Runs the command in a process of its own, and kills it some time after it has told of a piece. */
  const runAndKill = async (args: readonly string[], journal: string, delayMs: number): Promise<void> => {
    const main = resolve(import.meta.dirname, "../../../local/command/main.ts");
    const command = ["rewrap", "--reader", reader, "--from", "01", "--to", "02", ...args];
    const child = spawn(
      join(resolve(import.meta.dirname, "../../.."), "node_modules/node/bin/node"),
      [main, ...command],
      { stdio: "ignore", env: process.env },
    );
    const ended = once(child, "exit");
    const before = existsSync(journal) ? readFileSync(journal, "utf8") : "";
    while (child.exitCode === null && (!existsSync(journal) || readFileSync(journal, "utf8") === before))
      await sleep(5);
    await sleep(delayMs);
    child.kill("SIGKILL");
    await ended;
  };

  beforeAll(async () => {
    lines = makeLines(12_000);
    restored = await open(lines, "application/x-ndjson");
  });

  test.each([
    { name: "lake.ndjson", write: (text: string) => Buffer.from(text), read: (bytes: Buffer) => bytes },
    {
      name: "lake.ndjson.gz",
      write: (text: string) => Buffer.concat([gzipSync(text.slice(0, 1_000_000)), gzipSync(text.slice(1_000_000))]),
      read: gunzipSync,
    },
  ])(
    "$name comes out as from one run",
    async ({ name, write, read }) => {
      const source = folder.path(name);
      writeFileSync(source, write(lines));
      const out = folder.path(`moved-${name}`);
      decryptor.intercept = async ({ operation }) =>
        operation === "ReEncrypt" ? { kind: "delay", delayMs: 250 } : undefined;
      const args = [source, "--out", out, "--resume"];
      for (const delayMs of [0, 130, 210]) await runAndKill(args, `${out}.progress`, delayMs);
      expect([existsSync(out), existsSync(`${out}.partial`)]).toEqual([false, true]);
      decryptor.calls.length = 0;
      decryptor.intercept = async () => undefined;
      const { code, messages } = await move([...args, "--json"]);
      expect([code, JSON.parse(messages)]).toEqual([
        0,
        expect.objectContaining({ direct: 120, sealed: 11_880, failed: {}, left: {} }),
      ]);
      // Three pieces at least were done already.
      expect(operations().filter((operation) => operation === "ReEncrypt").length).toBeLessThan(300);
      const moved = read(readFileSync(out)).toString("utf8");
      expect(mask(moved)).toBe(mask(lines).replaceAll("token of 01", "token of 02"));
      expect(await open(moved, "application/x-ndjson")).toBe(restored);
      expect([`${out}.partial`, `${out}.progress`, `${out}.progress.new`].map((file) => existsSync(file))).toEqual([
        false,
        false,
        false,
      ]);
    },
    120_000,
  );
});

describe("an earlier run", () => {
  const damaged = (): string => `${makeDirect(one, "x").slice(0, 90)}\n`;

  test("files that were done stay done, and the last one goes on with --keep", async () => {
    const files = [
      folder.write("done.txt", `${makeDirect(one, "1")}\n`),
      folder.write("stopped.txt", damaged() + makeDirect(one, "2")),
    ];
    const out = makeFolderIn("later");
    expect((await move([...files, "--out", out])).code).toBe(1);
    const first = readFileSync(join(out, "done.txt"), "utf8");
    expect(existsSync(join(out, "done.txt.progress"))).toBe(true);
    decryptor.calls.length = 0;
    const { code, messages } = await move([...files, "--out", out, "--resume", "--keep", "--json"]);
    expect([code, JSON.parse(messages)]).toEqual([
      1,
      expect.objectContaining({ direct: 2, failed: { token_damaged: 1 } }),
    ]);
    expect(operations()).toEqual(["DescribeKey", "ReEncrypt"]);
    expect([readFileSync(join(out, "done.txt"), "utf8"), await open(first)]).toEqual([first, "1\n"]);
    expect(existsSync(join(out, "done.txt.progress"))).toBe(false);
  });

  /** Files as a run leaves them that stopped behind the first of two pieces. */
  const stop = async (name: string): Promise<{ readonly args: readonly string[]; readonly out: string }> => {
    const file = folder.write(`${name}.txt`, `${"- \n".repeat(400_000)}${makeDirect(one, "v")}\n${damaged()}`);
    const out = folder.path(`${name}.out`);
    expect((await move([file, "--out", out])).code).toBe(1);
    expect(existsSync(`${out}.progress`)).toBe(true);
    return { args: [file, "--out", out, "--resume", "--keep"], out };
  };

  test.each([
    { name: "nothing", change: () => undefined },
    { name: "the part that was made is gone", change: (out: string) => rmSync(`${out}.partial`) },
    { name: "it is shorter than it was", change: (out: string) => truncateSync(`${out}.partial`, 10) },
    { name: "it is longer", change: (out: string) => writeFileSync(`${out}.partial`, "tail", { flag: "a" }) },
    { name: "the progress is cut off", change: (out: string) => truncateSync(`${out}.progress`, 20) },
    {
      name: "the progress is of other work",
      change: (out: string) =>
        writeFileSync(`${out}.progress`, readFileSync(`${out}.progress`, "utf8").replace("02", "09")),
    },
  ])("$name: the file comes out whole", async ({ name, change }) => {
    const { args, out } = await stop(name);
    change(out);
    expect((await move(args)).code).toBe(1);
    const moved = readFileSync(out, "utf8");
    expect(moved.slice(0, 1_200_000)).toBe("- \n".repeat(400_000));
    expect(moved.slice(1_200_000)).toMatch(/^#02#[^\n]+~02~\n#01#[^\n]{86}\n$/);
  });

  test("killed between the last piece and the name", async () => {
    const files = [folder.write("named.txt", `${makeDirect(one, "1")}\n`), folder.write("bad.txt", damaged())];
    const out = makeFolderIn("named");
    await move([...files, "--out", out]);
    const made = join(out, "named.txt");
    const moved = readFileSync(made, "utf8");
    renameSync(made, `${made}.partial`);
    decryptor.calls.length = 0;
    await move([...files, "--out", out, "--resume", "--keep"]);
    expect([readFileSync(made, "utf8"), operations()]).toEqual([moved, ["DescribeKey"]]);
  });
});

test.each([
  { name: "grows", change: (file: string) => writeFileSync(file, `${makeDirect(one, "2")}\n`, { flag: "a" }) },
  { name: "is written anew", change: (file: string) => writeFileSync(file, `${makeDirect(one, "2")}\n`) },
  { name: "is taken away", change: (file: string) => rmSync(file) },
])("a file that $name while it is read is not taken for done", async ({ change }) => {
  const file = folder.write("changing.txt", `${makeDirect(one, "1")}\n`);
  const out = folder.path("changing.out");
  rmSync(out, { force: true });
  decryptor.intercept = async ({ operation }) => {
    if (operation === "ReEncrypt") change(file);
    return undefined;
  };
  const { code, messages } = await move([file, "--out", out]);
  expect([code, existsSync(out), messages]).toEqual([
    1,
    false,
    expect.stringMatching(/changed while it was read|cannot be read/),
  ]);
  decryptor.intercept = async () => undefined;
  const content = `${makeDirect(one, "3")}\n`;
  writeFileSync(file, content);
  expect((await move([file, "--out", out, "--resume"])).code).toBe(0);
  expect(await open(readFileSync(out, "utf8"))).toBe("3\n");
});

describe("names that collide are refused before anything is written", () => {
  test.each([
    { name: "two files of one name", files: ["a/x.csv", "b/x.csv"], out: "made" },
    { name: "a file twice", files: ["a/x.csv", "./a/x.csv"], out: "made" },
    { name: "over itself", files: ["a/x.csv"], out: "a/x.csv" },
    { name: "over itself, in its folder", files: ["a/x.csv"], out: "a" },
    { name: "over itself, by a link to its folder", files: ["a/x.csv"], out: "link" },
    { name: "over itself, by a link to it", files: ["a/x.csv"], out: "x-link.csv" },
    { name: "over another one", files: ["a/x.csv", "b/y.csv", "b/x.csv"], out: "b" },
    { name: "several into a file", files: ["a/x.csv", "b/y.csv"], out: "made/one.csv" },
    { name: "into standard output", files: ["a/x.csv"], out: "-" },
    { name: "standard input among them", files: ["a/x.csv", "-"], out: "made" },
  ])("$name", async ({ files, out }) => {
    const root = makeFolderIn("collide");
    for (const each of ["a", "b", "made"]) mkdirSync(join(root, each), { recursive: true });
    const content = `id\n${makeDirect(one, "1")}\n`;
    const sources = ["a/x.csv", "b/x.csv", "b/y.csv"].map((each) => join(root, each));
    for (const source of sources) writeFileSync(source, content);
    if (!existsSync(join(root, "link"))) symlinkSync(join(root, "a"), join(root, "link"));
    if (!existsSync(join(root, "x-link.csv"))) symlinkSync(join(root, "a/x.csv"), join(root, "x-link.csv"));
    const { code } = await move([
      ...files.map((file) => (file === "-" ? file : `${root}/${file}`)),
      "--out",
      out === "-" ? out : join(root, out),
    ]);
    expect([code, operations(), sources.map((source) => readFileSync(source, "utf8"))]).toEqual([
      2,
      [],
      [content, content, content],
    ]);
    expect(existsSync(join(root, "made/x.csv"))).toBe(false);
  });
});

describe("what stands beside a file until it is whole takes no other file's name", () => {
  test.each([".partial", ".progress", ".progress.new", ".lock"])("%s", async (ending) => {
    const root = makeFolderIn("beside");
    for (const each of ["made", "linked"]) mkdirSync(join(root, each), { recursive: true });
    const content = `${makeDirect(one, "1")}\n`;
    const [plain, beside] = [join(root, "x"), join(root, `x${ending}`)];
    for (const file of [plain, beside]) writeFileSync(file, content);
    symlinkSync(plain, join(root, "linked", `y${ending}`));
    const runs = [
      [beside, "--out", plain],
      [beside, plain, "--out", join(root, "made")],
      [plain, beside, "--out", join(root, "made")],
      [plain, "--out", join(root, "linked/y")],
    ];
    for (const args of runs)
      expect(await move(args)).toMatchObject({ code: 2, messages: expect.stringContaining("until it is done") });
    expect([plain, beside].map((file) => readFileSync(file, "utf8"))).toEqual([content, content]);
    expect(operations()).toEqual([]);
  });
});

describe("two runs over one file", () => {
  const source = (): string => folder.write("locked.txt", `${makeDirect(one, "1")}\n`);

  test.each([
    { how: "anew", args: [] },
    { how: "with --resume", args: ["--resume"] },
  ])("the later one is refused, $how", async ({ args }) => {
    const out = makeFolderIn("locked");
    const files = [source(), folder.write("second.txt", `${makeDirect(one, "2")}\n`)];
    let go = (): void => undefined;
    const held = new Promise<void>((resolve) => (go = resolve));
    const begun = new Promise<void>((resolve) => {
      decryptor.intercept = async ({ operation }) => {
        if (operation !== "ReEncrypt") return undefined;
        // The first file is done then, and its run is not.
        if (decryptor.calls.filter((call) => call.operation === operation).length === 2) {
          resolve();
          await held;
        }
        return undefined;
      };
    });
    const first = move([...files, "--out", out, ...args]);
    await begun;
    for (const file of files) {
      expect(await move([file, "--out", out, ...args])).toMatchObject({
        code: 1,
        messages: expect.stringMatching(/Another run writes .*remove .*\.lock/),
      });
    }
    go();
    expect((await first).code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(["locked.txt", "second.txt"]);
    expect((await move([...files, "--out", out, ...args])).code).toBe(0);
  });

  const deadPid = (): number => spawnSync(process.execPath, ["-e", ""]).pid;

  test.each<{
    readonly holder: string;
    readonly content: () => string;
    readonly isOld?: boolean;
    readonly code: number;
  }>([
    { holder: "a dead process", content: () => `${deadPid()} ${hostname()} x`, code: 0 },
    {
      holder: "a dead process that had the number of this one",
      content: () => `${process.pid} ${hostname()} x`,
      code: 0,
    },
    { holder: "a process that was killed before it wrote", content: () => "", isOld: true, code: 0 },
    { holder: "a process that has yet to write", content: () => "", code: 1 },
    { holder: "a process that lives", content: () => `${process.ppid} ${hostname()} x`, code: 1 },
    { holder: "another machine", content: () => `${deadPid()} another-${hostname()} x`, isOld: true, code: 1 },
  ])("a lock of $holder", async ({ content, isOld = false, code }) => {
    const out = folder.path("held.out");
    const lock = folder.write("held.out.lock", content());
    if (isOld) utimesSync(lock, new Date(0), new Date(0));
    const own = readFileSync(lock, "utf8");
    expect((await move([source(), "--out", out])).code).toBe(code);
    expect(existsSync(lock) ? readFileSync(lock, "utf8") : undefined).toBe(code === 0 ? undefined : own);
    rmSync(lock, { force: true });
  });

  test("of many that find one left behind, no two get it", async () => {
    for (let round = 0; round < 20; round++) {
      const file = folder.write("many.lock", `${process.pid} ${hostname()} left`);
      const locks = await Promise.all(Array.from({ length: 8 }, () => lockFile(file)));
      expect(locks.filter((lock) => lock !== undefined)).toHaveLength(1);
      for (const lock of locks) await lock?.release();
      expect(existsSync(file)).toBe(false);
    }
  });
});

describe("faults of KMS", () => {
  test.each(["AccessDeniedException", "DisabledException", "KMSInvalidStateException", "NotFoundException"] as const)(
    "%s stops the run also with --keep, and it goes on later",
    async (name) => {
      const file = folder.write(
        `${name}.txt`,
        Array.from({ length: 20 }, (_, index) => `${makeDirect(one, String(index))}\n`).join(""),
      );
      const out = folder.path(`${name}.out`);
      let calls = 0;
      decryptor.intercept = async ({ operation }) =>
        operation === "ReEncrypt" && ++calls > 5 ? { kind: "error", name } : undefined;
      const { code, messages } = await move([file, "--out", out, "--keep"]);
      expect([code, existsSync(out), messages]).toEqual([1, false, expect.stringMatching(/behind byte 0/)]);
      decryptor.intercept = async () => undefined;
      expect((await move([file, "--out", out, "--keep", "--resume"])).code).toBe(0);
      expect(await open(readFileSync(out, "utf8"))).toBe(
        Array.from({ length: 20 }, (_, index) => `${index}\n`).join(""),
      );
    },
  );

  test.each([
    { name: "throttling", fault: { kind: "error", name: "ThrottlingException" } },
    { name: "an outage", fault: { kind: "status", status: 503 } },
    { name: "broken connections", fault: { kind: "reset" } },
  ] as const)("$name in between loses nothing", async ({ fault }) => {
    let calls = 0;
    decryptor.intercept = async ({ operation }) => (operation === "ReEncrypt" && ++calls % 3 === 0 ? fault : undefined);
    const { code, output } = await move(["--type", "text"], {
      input: Array.from({ length: 9 }, (_, index) => makeDirect(one, String(index))).join(),
    });
    expect([code, await open(output)]).toEqual([0, "0,1,2,3,4,5,6,7,8"]);
  });

  test("a ciphertext of another key in the answer is none", async () => {
    decryptor.intercept = async ({ operation }) =>
      operation === "ReEncrypt" ? { kind: "answer", members: { KeyId: one.keyArn } } : undefined;
    const { code, output, messages } = await move(["--keep"], { input: makeDirect(one, "x") });
    expect([code, output, messages]).toEqual([1, "", expect.stringContaining("mismatch")]);
  });
});

describe("what is reported", () => {
  test("places of what failed, in bytes of the text, and what was left", async () => {
    const whole = makeDirect(one, "x");
    const forged = `#01#${Buffer.alloc(256, 1).toString("base64")}~01~`;
    const head = `${"é".repeat(600_000)}\n${makeDirect(two, "of another")} `;
    const text = `${head}${whole.slice(0, 60)} ü ${forged} ${whole}\n${makeDirect(recipients[4] ?? one, "y")}\n`;
    for (const [name, bytes] of [
      ["failed.txt", Buffer.from(text)],
      ["failed.txt.gz", gzipSync(text)],
    ] as const) {
      const file = folder.write(name, bytes);
      const out = folder.path(`out-${name}`);
      const { code, messages } = await move([file, "--out", out, "--keep", "--json"]);
      const start = Buffer.byteLength(head);
      const report = {
        from: "01",
        to: "02",
        kmsCalls: 2,
        direct: 1,
        sealed: 0,
        left: { "02": 1, "3072A": 1 },
        failed: { token_damaged: 1, token_invalid: 1 },
        files: [
          {
            file,
            direct: 1,
            sealed: 0,
            left: { "02": 1, "3072A": 1 },
            failed: { token_damaged: 1, token_invalid: 1 },
            failures: [
              { offset: start, code: "token_damaged" },
              { offset: start + 60 + 4, code: "token_invalid" },
            ],
          },
        ],
      };
      expect([code, JSON.parse(messages)]).toEqual([1, report]);
      const moved = (name.endsWith(".gz") ? gunzipSync(readFileSync(out)) : readFileSync(out)).toString("utf8");
      expect(moved.replace(/#02#[^~]{344}~02~ ?\n/, "#02#moved\n").split("\n")[1]).toContain(
        `${whole.slice(0, 60)} ü ${forged} #02#`,
      );
      const told = await move([file, "--out", out, "--keep"]);
      expect(told.messages).toContain(
        `${file}: byte ${start}: token_damaged\n${file}: byte ${start + 64}: token_invalid\n1 direct and 0 sealed token(s) moved from 01 to 02 with 2 call(s) to KMS; left: 1 of 02, 1 of 3072A; failed: 1 token_damaged, 1 token_invalid`,
      );
      const stopped = await move([file, "--out", out, "--json"]);
      expect([stopped.code, JSON.parse(stopped.messages)]).toEqual([
        1,
        expect.objectContaining({
          stopped: { code: "token_damaged", message: expect.stringContaining(`byte ${start}`) },
        }),
      ]);
      rmSync(`${out}.partial`);
    }
  });

  test("progress", async () => {
    const file = folder.write("progress.txt", `${" ".repeat(1_200_000)}${makeDirect(one, "x")}`);
    const { progress } = await move([file, "--out", folder.path("progress.out")]);
    expect(progress).toEqual([`rewrap: ${file}, 1.2 MB of 1.2 MB, 1 tokens`]);
    const stream = await move(["--type", "text"], { input: `${" ".repeat(1_200_000)}${makeDirect(one, "x")}` });
    expect(stream.progress).toEqual(["rewrap: -, 1.2 MB, 1 tokens"]);
  });
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

  test("CSV whose pieces begin with blank lines, and rows over several lines", async () => {
    const key = createContentKey(one);
    const rows = Array.from(
      { length: 3_000 },
      (_, index) => `\r\n\r\n${index},"${makeSealed(one, `${index}`, undefined, key)}\r\n\r\nx ""y"""`,
    );
    const csv = `id,value${rows.join("")}\r\n`;
    const out = folder.path("pieces.out");
    expect((await move([folder.write("pieces.csv", csv), "--out", out])).code).toBe(0);
    expect(mask(readFileSync(out, "utf8"))).toBe(mask(csv).replaceAll("token of 01", "token of 02"));
  });

  test("CSV whose delimiter only the first line tells, with tokens in that line, also after a run that stopped", async () => {
    const key = createContentKey(one);
    const token = makeSealed(one, "1", undefined, key);
    const csv = `\ufeff${token}\ttext\tvalue\r\n${Array.from({ length: 20_000 }, (_, index) => `${index}\t"x, y; é ""z"""\t${index % 100 === 0 ? token : `5,5 ${"-".repeat(100)}`}\r\n`).join("")}`;
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
    expect(mask(readFileSync(out, "utf8"))).toBe(
      mask(readFileSync(file, "utf8")).replaceAll("token of 01", "token of 02"),
    );
  });

  test.each([
    { kind: "text", pack: (text: string) => Buffer.from(text), unpack: String },
    {
      kind: "gzip",
      pack: (text: string) => gzipSync(text, { level: 0 }),
      unpack: (bytes: Buffer) => String(gunzipSync(bytes)),
    },
  ])("base64 of $kind in lines, over the place where a piece would end", async ({ pack, unpack }) => {
    const key = createContentKey(one);
    const text = Array.from(
      { length: 40 },
      (_, index) => `{"n":${index},"v":"${makeSealed(one, `${index}`, undefined, key)}"}\n`,
    ).join("");
    const base64 = pack(text).toString("base64").replace(/.{76}/g, "$&\n");
    const before = "a line\n".repeat(149_000);
    const { code, output } = await move(["--type", "text"], { input: `${before}${base64}\n${before}` });
    const made = unpack(Buffer.from(output.slice(before.length, -before.length), "base64"));
    expect([code, mask(made)]).toEqual([0, mask(text).replaceAll("token of 01", "token of 02")]);
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
      expect.stringMatching(new RegExp(`${reason}.*${name}, behind byte 0`)),
      false,
    ]);
  });

  test("lines that are no JSON move as text", async () => {
    const file = folder.write(
      "some-broken.ndjson",
      `{"a":"${makeDirect(one, "x")}"}\n{"b":"${makeDirect(one, "y").replaceAll("/", "\\/")}\n`,
    );
    expect(await move([file, "--out", folder.path("some.out")])).toMatchObject({
      code: 1,
      messages: expect.stringContaining("With --type text"),
    });
    expect((await move([file, "--out", folder.path("some.out"), "--type", "text"])).code).toBe(0);
    expect(await open(folder.read("some.out"), "text/plain")).toBe('{"a":"x"}\n{"b":"y\n');
  });

  test("a folder in the place of a file, and a folder that is not there", async () => {
    expect((await move([makeFolderIn("some"), "--out", folder.path("made")])).code).toBe(1);
    expect((await move([folder.write("z.txt", "z"), "--out", folder.path("absent/made")])).code).toBe(1);
    expect((await move([folder.path("z.txt"), folder.path("reader.json"), "--out", folder.path("absent")])).code).toBe(
      2,
    );
  });

  test("what was there under the name stays until the new one is whole", async () => {
    const out = folder.write("kept.out", "old");
    const file = folder.write("kept.txt", makeDirect(one, "x").slice(0, 80));
    expect([(await move([file, "--out", out])).code, readFileSync(out, "utf8")]).toEqual([1, "old"]);
    copyFileSync(folder.write("new.txt", "new"), file);
    expect([(await move([file, "--out", out])).code, readFileSync(out, "utf8")]).toEqual([0, "new"]);
  });
});
