/** The reports and the progress of `fieldseal rewrap`. */
import { readFileSync, rmSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Recipient } from "../../../core/token/recipient.ts";
import { makeDirect } from "../../support/decryptor.ts";
import { useMover } from "../../support/mover.ts";

const mover = useMover();
const { folder, move } = mover;
let recipients: readonly Recipient[];
let one: Recipient;
let two: Recipient;

beforeAll(() => {
  ({ recipients, one, two } = mover.current());
});

describe("rewrap reports", () => {
  test("failed tokens by byte of the uncompressed text, and tokens left by recipient", async () => {
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
        [
          `${file}: byte ${start}: token_damaged`,
          `${file}: byte ${start + 64}: token_invalid`,
          "1 direct and 0 sealed token(s) moved from 01 to 02 with 2 call(s) to KMS; " +
            "left: 1 of 02, 1 of 3072A; failed: 1 token_damaged, 1 token_invalid",
        ].join("\n"),
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
