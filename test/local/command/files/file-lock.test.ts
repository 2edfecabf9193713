/** Of two runs over one file, the later one is refused as long as the first one lives. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { hostname } from "node:os";
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
