/** Faults of KMS while tokens move. */
import { existsSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Recipient } from "../../../core/token/recipient.ts";
import { type Decryptor, makeDirect } from "../../support/decryptor.ts";
import { useMover } from "../../support/mover.ts";

const mover = useMover();
const { folder, move, open } = mover;
let decryptor: Decryptor;
let one: Recipient;

beforeAll(() => {
  ({ decryptor, one } = mover.current());
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
      expect([code, existsSync(out), messages]).toEqual([1, false, expect.stringMatching(/after byte 0/)]);
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

  test("an answer with the ciphertext of another key is refused", async () => {
    decryptor.intercept = async ({ operation }) =>
      operation === "ReEncrypt" ? { kind: "answer", members: { KeyId: one.keyArn } } : undefined;
    const { code, output, messages } = await move(["--keep"], { input: makeDirect(one, "x") });
    expect([code, output, messages]).toEqual([1, "", expect.stringContaining("mismatch")]);
  });
});
