import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, expect, test } from "@jest/globals";
import type { Terminal } from "../../../../local/command/command.ts";
import {
  formatProgress,
  readFileFrom,
  readInputChunks,
  readInputWhole,
} from "../../../../local/command/files/input-file.ts";

const folder = mkdtempSync(join(tmpdir(), "fieldseal-input-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = join(folder, "file");
writeFileSync(file, "x".repeat(2_500_000));
const absent = join(folder, "absent");
const progress: string[] = [];
const terminal = {
  readInput: async () => Buffer.from("input"),
  readChunks: async function* () {
    yield Buffer.from("in");
    yield Buffer.from("put");
  },
  showProgress: (line: string) => void progress.push(line),
} as unknown as Terminal;

test("reads a file, or standard input, as a whole", async () => {
  expect((await readInputWhole(file, terminal)).length).toBe(2_500_000);
  expect((await readInputWhole("-", terminal)).toString()).toBe("input");
});

test("reads a file in chunks, with progress after each megabyte", async () => {
  const bytes = await buffer(readInputChunks(file, terminal, (done) => `read: ${done}`));
  expect(bytes.length).toBe(2_500_000);
  expect(progress).toEqual(["read: 1.0 MB of 2.5 MB", "read: 2.1 MB of 2.5 MB"]);
});

test("reads standard input in chunks", async () => {
  const bytes = await buffer(readInputChunks("-", terminal, (done) => done));
  expect(bytes.toString()).toBe("input");
});

test("reads a file from an offset on", async () => {
  expect((await buffer(readFileFrom(file, 2_499_990))).length).toBe(10);
});

test("a file that cannot be read is refused with its name", async () => {
  const refusal = { code: "request_invalid", message: expect.stringContaining(absent) };
  await expect(readInputWhole(absent, terminal)).rejects.toMatchObject(refusal);
  await expect(buffer(readInputChunks(absent, terminal, (done) => done))).rejects.toMatchObject(refusal);
  await expect(buffer(readFileFrom(absent, 0))).rejects.toMatchObject(refusal);
});

test.each<[done: number, total: number | undefined, text: string]>([
  [0, undefined, "0.0 MB"],
  [1_250_000, undefined, "1.3 MB"],
  [1_000_000, 2_500_000, "1.0 MB of 2.5 MB"],
])("%j of %j bytes: %s", (done, total, text) => {
  expect(formatProgress(done, total)).toBe(text);
});
