import { Readable } from "node:stream";
import { describe, expect, test } from "@jest/globals";
import { readMessageBody } from "../../local/message-body.ts";

const stream = (...chunks: string[]) => Readable.from(chunks.map((chunk) => Buffer.from(chunk)));

describe("a body", () => {
  const bodies: readonly [chunks: string[], body: string | undefined, why: string][] = [
    [[], "", "empty"],
    [["abc"], "abc", "one chunk"],
    [["ab", "cd"], "abcd", "at the limit"],
    [["ab", "cde"], undefined, "above the limit"],
    [["abcde", "f"], undefined, "above the limit at once"],
  ];
  test.each(bodies)("%p is %p (%s)", async (chunks, body) => {
    expect((await readMessageBody(stream(...chunks), 4))?.toString()).toBe(body);
  });

  test("is read to its end when it is too large", async () => {
    const source = stream("abcde", "f");
    await readMessageBody(source, 4);
    expect(source.readableEnded).toBe(true);
  });

  test("that breaks off makes the read reject", async () => {
    const source = new Readable({ read: () => undefined });
    const body = readMessageBody(source, 4);
    source.destroy(new Error("broken off"));
    await expect(body).rejects.toThrow("broken off");
  });
});
