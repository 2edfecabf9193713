import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "@jest/globals";
import type { Terminal } from "../../../../local/command/command.ts";
import { writeOutput } from "../../../../local/command/files/output-file.ts";

const folder = mkdtempSync(join(tmpdir(), "fieldseal-output-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const out = join(folder, "out");
let printed: string;
const terminal = {
  writeChunk: async (chunk: string | Uint8Array) => void (printed += Buffer.from(chunk).toString()),
} as unknown as Terminal;

beforeEach(() => {
  printed = "";
  writeFileSync(out, "before");
});

test.each([undefined, "-"])("without a file (%j), chunks go to standard output", async (name) => {
  await writeOutput(
    name,
    async (write) => {
      await write("a");
      await write(Buffer.from("b"));
    },
    terminal,
  );
  expect(printed).toBe("ab");
});

test("a file is replaced once its content is complete, and only its owner can read it", async () => {
  await writeOutput(
    out,
    async (write) => {
      await write("a");
      expect(readFileSync(out, "utf8")).toBe("before");
      await write("b");
    },
    terminal,
  );
  expect([readFileSync(out, "utf8"), statSync(out).mode & 0o777, printed]).toEqual(["ab", 0o600, ""]);
});

test("after a failure the file is unchanged, and no temporary file is left", async () => {
  const failing = async (write: Terminal["writeChunk"]): Promise<void> => {
    await write("a");
    throw new RangeError("stop");
  };
  await expect(writeOutput(out, failing, terminal)).rejects.toThrow("stop");
  expect([readFileSync(out, "utf8"), readdirSync(folder)]).toEqual(["before", ["out"]]);
});

test("a file that cannot be created is refused before any work", async () => {
  let called = false;
  const produce = async (): Promise<void> => void (called = true);
  await expect(writeOutput(join(folder, "absent", "out"), produce, terminal)).rejects.toMatchObject({
    code: "request_invalid",
  });
  expect(called).toBe(false);
});
