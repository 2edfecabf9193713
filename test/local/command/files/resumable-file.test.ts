import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "@jest/globals";
import { namesBeside, openResumable } from "../../../../local/command/files/resumable-file.ts";

const folder = mkdtempSync(join(tmpdir(), "fieldseal-resumable-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const source = join(folder, "source");
const out = join(folder, "out");
const { partial, journal } = namesBeside(out);
const parseCount = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
const openOut = (settings = "same", resume = true) => openResumable(out, { source, settings, resume }, parseCount);

beforeEach(() => {
  for (const file of [out, partial, journal]) rmSync(file, { force: true });
  writeFileSync(source, "source", { mode: 0o640 });
});

/** A run that makes the first half of a file, and stops. */
async function makeHalf(): Promise<void> {
  const file = await openOut();
  await file.add(Buffer.from("ab"), { source: 3, made: 2, counts: 1 });
  await file.close();
}

test("the file gets its name once it is complete, with the permissions of its source", async () => {
  await makeHalf();
  expect([existsSync(out), readFileSync(partial, "utf8")]).toEqual([false, "ab"]);
  const file = await openOut();
  expect([file.progress, file.isWhole]).toEqual([{ source: 3, made: 2, counts: 1 }, false]);
  await file.add(Buffer.from("cd"), { source: 6, made: 4, counts: 2 });
  await file.finish({ source: 6, made: 4, counts: 2 });
  await file.close();
  expect([readFileSync(out, "utf8"), statSync(out).mode & 0o777, existsSync(partial)]).toEqual(["abcd", 0o640, false]);
});

test("the record that a file is complete stays until `forget`", async () => {
  await makeHalf();
  const first = await openOut();
  await first.finish({ source: 6, made: 2, counts: 1 });
  await first.close();
  const second = await openOut();
  expect(second.isWhole).toBe(true);
  await second.forget();
  await second.close();
  const third = await openOut();
  expect([third.isWhole, third.progress]).toEqual([false, undefined]);
  await third.close();
});

test("bytes behind the last recorded progress are dropped", async () => {
  await makeHalf();
  writeFileSync(partial, "abX");
  const file = await openOut();
  await file.add(Buffer.from("c"), { source: 6, made: 3, counts: 1 });
  await file.close();
  expect(readFileSync(partial, "utf8")).toBe("abc");
});

test.each<[why: string, change: () => void, settings?: string, resume?: boolean]>([
  ["work with other settings", () => undefined, "other"],
  ["a run that does not resume", () => undefined, "same", false],
  ["a source of another size", () => writeFileSync(source, "longer source")],
  ["less than was remembered", () => writeFileSync(partial, "a")],
  ["a journal that is cut off", () => writeFileSync(journal, "{")],
  [
    "a journal with other counts",
    () => writeFileSync(journal, readFileSync(journal, "utf8").replace('"counts":1', '"counts":"1"')),
  ],
])("a run begins again after %s", async (_, change, settings = "same", resume = true) => {
  await makeHalf();
  change();
  const file = await openOut(settings, resume);
  expect([file.progress, readFileSync(partial, "utf8")]).toEqual([undefined, ""]);
  await file.close();
});

test("a source that changes during the run is refused at the end", async () => {
  const file = await openOut();
  writeFileSync(source, "another source");
  await expect(file.finish({ source: 6, made: 0, counts: 0 })).rejects.toMatchObject({ code: "request_invalid" });
  await file.close();
  expect(existsSync(out)).toBe(false);
});

test("a missing source is refused", async () => {
  rmSync(source);
  await expect(openOut()).rejects.toMatchObject({ code: "request_invalid" });
});
