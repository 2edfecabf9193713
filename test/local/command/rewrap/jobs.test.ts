/** A run of `rewrap` never writes a file that it reads, and writes each file once. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Recipient } from "../../../../core/token/recipient.ts";
import { makeDirect } from "../../../support/decryptor.ts";
import { useMover } from "../../../support/mover.ts";

const mover = useMover();
const { move, operations, makeFolderIn } = mover;
let one: Recipient;

beforeAll(() => {
  ({ one } = mover.current());
});

describe("names that collide are refused before a file is written", () => {
  test.each([
    { name: "two files of one name", files: ["a/x.csv", "b/x.csv"], out: "made" },
    { name: "a file twice", files: ["a/x.csv", "./a/x.csv"], out: "made" },
    { name: "over itself", files: ["a/x.csv"], out: "a/x.csv" },
    { name: "over itself, in its folder", files: ["a/x.csv"], out: "a" },
    { name: "over itself, through a link to its folder", files: ["a/x.csv"], out: "link" },
    { name: "over itself, through a link to it", files: ["a/x.csv"], out: "x-link.csv" },
    { name: "over another input file", files: ["a/x.csv", "b/y.csv", "b/x.csv"], out: "b" },
    { name: "several files into one file", files: ["a/x.csv", "b/y.csv"], out: "made/one.csv" },
    { name: "a file to standard output", files: ["a/x.csv"], out: "-" },
    { name: "standard input with a file", files: ["a/x.csv", "-"], out: "made" },
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

describe("a temporary file must not have the name of an input or output file", () => {
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
      expect(await move(args)).toMatchObject({ code: 2, messages: expect.stringContaining("The temporary file") });
    expect([plain, beside].map((file) => readFileSync(file, "utf8"))).toEqual([content, content]);
    expect(operations()).toEqual([]);
  });
});
