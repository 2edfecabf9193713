import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { readLogLines } from "../../../../local/command/logs/log-lines.ts";
import { makeFolder } from "../../../support/policy-files.ts";
import { createTestTerminal } from "../../../support/terminal.ts";

async function linesOf(input: string | Buffer, pieceBytes = 3): Promise<readonly string[]> {
  const lines: string[] = [];
  const { terminal } = createTestTerminal(input, pieceBytes);
  await readLogLines([], "report", terminal, (line) => lines.push(line));
  return lines;
}

describe("the lines of a text", () => {
  test.each<[why: string, text: string, lines: readonly string[]]>([
    ["that is empty: none", "", []],
    ["whose last line has no end", "a\nb", ["a", "b"]],
    ["with characters that chunks cut in two", "é€😀\nx\n", ["é€😀", "x"]],
    ["with an empty line", "a\n\nb\n", ["a", "", "b"]],
    ["end at line feeds only", "a\u2028b\rc\r\nd", ["a\u2028b\rc\r", "d"]],
  ])("%s", async (_, text, lines) => {
    expect(await linesOf(text)).toEqual(lines);
  });
});

describe("compression", () => {
  test.each<[why: string, bytes: Buffer, lines: readonly string[]]>([
    ["plain text", Buffer.from("text"), ["text"]],
    ["nothing", Buffer.alloc(0), []],
    ["a single byte", Buffer.from("a"), ["a"]],
    ["gzip", gzipSync("text"), ["text"]],
    ["gzip of several members", Buffer.concat([gzipSync("te"), gzipSync("xt")]), ["text"]],
    ["gzip of gzip, as a delivery stream leaves a subscription's records", gzipSync(gzipSync("text")), ["text"]],
  ])("%s", async (_, bytes, lines) => {
    expect(await linesOf(bytes, 1)).toEqual(lines);
  });

  test("gzip is undone three times at most", async () => {
    const packed = [1, 2, 3, 4].reduce((bytes) => gzipSync(bytes), Buffer.from("text"));
    expect(await linesOf(packed)).not.toEqual(["text"]);
  });

  test("gzip that is cut off is refused with the file's name", async () => {
    await expect(linesOf(gzipSync("text").subarray(0, -5))).rejects.toMatchObject({
      code: "content_coding_malformed",
      message: expect.stringContaining("The gzip data of - is damaged or cut off."),
    });
  });
});

test("several files are read in order", async () => {
  const folder = makeFolder();
  const lines: string[] = [];
  const { terminal } = createTestTerminal();
  const files = [folder.write("b.log", "1\n2"), folder.write("a.log", "3\n")];
  await readLogLines(files, "report", terminal, (line) => lines.push(line));
  folder.remove();
  expect(lines).toEqual(["1", "2", "3"]);
});

test("progress names the command, the megabytes and the lines", async () => {
  const { terminal, progress } = createTestTerminal(`${"x".repeat(1_050_000)}\n`, 65_536);
  await readLogLines(["-"], "usage", terminal, () => undefined);
  expect(progress).toEqual(["usage: 1.0 MB, 0 lines"]);
});
