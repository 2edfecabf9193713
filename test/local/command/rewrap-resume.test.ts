/** Runs of `rewrap` that stopped or were killed, and later runs that continue them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Recipient } from "../../../core/token/recipient.ts";
import { createContentKey } from "../../../core/token/sealed-content.ts";
import { type Decryptor, makeDirect, makeSealed } from "../../support/decryptor.ts";
import { maskTokens, useMover } from "../../support/mover.ts";

const mover = useMover();
const { folder, move, operations, open, makeFolderIn } = mover;
let decryptor: Decryptor;
let one: Recipient;
let reader: string;

beforeAll(() => {
  ({ decryptor, one, reader } = mover.current());
});

/** Lines of tokens and text, larger than several chunks. */
function makeLines(count: number): string {
  let key = createContentKey(one);
  const lines = Array.from({ length: count }, (_, index) => {
    if (index % 50 === 0) key = createContentKey(one);
    const token = index % 100 === 7 ? makeDirect(one, `"${index}"\n`) : makeSealed(one, `${index}.0`, undefined, key);
    return `{ "n": ${index}, "é\\u00e9": "${token}", "x": 1.0${" ".repeat(1_000 + (index % 7))}}`;
  });
  return `${lines.join("\n")}\n`;
}

describe("a run that is killed", () => {
  let lines: string;
  let restored: unknown;

  /**
   * Runs the command in a process of its own, and kills it when it has recorded a chunk and then made a number of
   * calls, the last of which gets no answer.
   */
  const runAndKill = async (args: readonly string[], journal: string, calls: number): Promise<void> => {
    const main = resolve(import.meta.dirname, "../../../local/command/main.ts");
    const command = ["rewrap", "--reader", reader, "--from", "01", "--to", "02", ...args];
    const child = spawn(
      join(resolve(import.meta.dirname, "../../.."), "node_modules/node/bin/node"),
      [main, ...command],
      { stdio: "ignore", env: process.env },
    );
    const ended = once(child, "exit");
    const read = (): string => (existsSync(journal) ? readFileSync(journal, "utf8") : "");
    const before = read();
    let left = calls;
    decryptor.intercept = async ({ operation }) => {
      if (operation !== "ReEncrypt" || read() === before || --left > 0) return undefined;
      child.kill("SIGKILL");
      await ended;
      return { kind: "reset" };
    };
    expect(await ended).toEqual([null, "SIGKILL"]);
    // A killed process leaves its lock, which the user deletes.
    rmSync(journal.replace(/progress$/, "lock"));
  };

  beforeAll(async () => {
    lines = makeLines(4_000);
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
    "and resumed gives the same $name as one run",
    async ({ name, write, read }) => {
      const source = folder.path(name);
      writeFileSync(source, write(lines));
      const out = folder.path(`moved-${name}`);
      const args = [source, "--out", out, "--resume"];
      for (const calls of [1, 6, 12]) await runAndKill(args, `${out}.progress`, calls);
      expect([existsSync(out), existsSync(`${out}.partial`)]).toEqual([false, true]);
      decryptor.calls.length = 0;
      decryptor.intercept = async () => undefined;
      const { code, messages } = await move([...args, "--json"]);
      expect([code, JSON.parse(messages)]).toEqual([
        0,
        expect.objectContaining({ direct: 40, sealed: 3_960, failed: {}, left: {} }),
      ]);
      // Of 120 calls. Three chunks at least were done already.
      expect(operations().filter((operation) => operation === "ReEncrypt").length).toBeLessThan(90);
      const moved = read(readFileSync(out)).toString("utf8");
      expect(maskTokens(moved)).toBe(maskTokens(lines).replaceAll("token of 01", "token of 02"));
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

  test("is resumed: done files stay, and the unfinished one continues with --keep", async () => {
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

  /** Files as a run leaves them that stopped behind the first of two chunks. */
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
  ])("is resumed, and the file is complete: $name", async ({ name, change }) => {
    const { args, out } = await stop(name);
    change(out);
    expect((await move(args)).code).toBe(1);
    const moved = readFileSync(out, "utf8");
    expect(moved.slice(0, 1_200_000)).toBe("- \n".repeat(400_000));
    expect(moved.slice(1_200_000)).toMatch(/^#02#[^\n]+~02~\n#01#[^\n]{86}\n$/);
  });

  test("that was killed before it renamed the file is resumed", async () => {
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
  { name: "is deleted", change: (file: string) => rmSync(file) },
])("an input file that $name while it is read is not done", async ({ change }) => {
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
    expect.stringMatching(/changed while it was being read|Cannot read/),
  ]);
  decryptor.intercept = async () => undefined;
  const content = `${makeDirect(one, "3")}\n`;
  writeFileSync(file, content);
  expect((await move([file, "--out", out, "--resume"])).code).toBe(0);
  expect(await open(readFileSync(out, "utf8"))).toBe("3\n");
});
