/** Of two runs that write one file, the later one is refused. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Recipient } from "../../../../core/token/recipient.ts";
import { lockFile } from "../../../../local/command/files/file-lock.ts";
import { type Decryptor, makeDirect } from "../../../support/decryptor.ts";
import { useMover } from "../../../support/mover.ts";

const mover = useMover();
const { folder, move, makeFolderIn } = mover;
let decryptor: Decryptor;
let one: Recipient;

beforeAll(() => {
  ({ decryptor, one } = mover.current());
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
        messages: expect.stringMatching(/Another run is writing .*delete .*\.lock/),
      });
    }
    go();
    expect((await first).code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(["locked.txt", "second.txt"]);
    expect((await move([...files, "--out", out, ...args])).code).toBe(0);
  });

  test("a lock that a killed process left is reported with its path, and a run works once it is deleted", async () => {
    const out = folder.path("held.out");
    const lock = folder.write("held.out.lock", "1 a-machine\n");
    expect(await move([source(), "--out", out])).toMatchObject({
      code: 1,
      messages: expect.stringContaining(`If that process no longer runs, delete ${lock} and try again.`),
    });
    expect([readFileSync(lock, "utf8"), existsSync(out)]).toEqual(["1 a-machine\n", false]);
    rmSync(lock);
    expect((await move([source(), "--out", out])).code).toBe(0);
    expect(existsSync(lock)).toBe(false);
  });
});

describe("a lock", () => {
  test("names its process and its machine, and goes when it is released", async () => {
    const file = folder.path("own.lock");
    const release = await lockFile(file);
    expect(readFileSync(file, "utf8")).toBe(`${process.pid} ${hostname()}\n`);
    release?.();
    expect(existsSync(file)).toBe(false);
  });

  test("is given to one of many that ask at once", async () => {
    const file = folder.path("many.lock");
    const locks = await Promise.all(Array.from({ length: 8 }, () => lockFile(file)));
    expect(locks.filter((release) => release !== undefined)).toHaveLength(1);
  });

  test("in a folder that does not exist is the file system's error", async () => {
    await expect(lockFile(folder.path("absent/own.lock"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});

test("Ctrl-C removes the lock", async () => {
  const out = folder.path("interrupted.out");
  decryptor.intercept = async ({ operation }) =>
    operation === "ReEncrypt" ? { kind: "delay", delayMs: 60_000 } : undefined;
  const root = resolve(import.meta.dirname, "../../../..");
  const child = spawn(
    join(root, "node_modules/node/bin/node"),
    [
      join(root, "local/command/main.ts"),
      "rewrap",
      folder.write("interrupted.txt", `${makeDirect(one, "1")}\n`),
      "--reader",
      mover.current().reader,
      "--from",
      "01",
      "--to",
      "02",
      "--out",
      out,
    ],
    { stdio: "ignore", env: process.env },
  );
  const ended = once(child, "exit");
  while (child.exitCode === null && !existsSync(`${out}.partial`)) await sleep(5);
  child.kill("SIGINT");
  expect(await ended).toEqual([130, null]);
  expect(existsSync(`${out}.lock`)).toBe(false);
});
