/** Parts of an upload: together they are what came, whatever sizes are asked for in between. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { joinParts } from "../../decryptor/object-upload.ts";

async function* give(pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces;
}

test("parts that grow while they are taken lose nothing", async () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(
      lengths,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 4 }),
      async (given, size, partsOfOneSize) => {
        const all = Buffer.from(
          Array.from({ length: given.reduce((sum, length) => sum + length, 0) }, (_, index) => index % 251),
        );
        let at = 0;
        const pieces = given.map((length) => all.subarray(at, (at += length)));
        const parts: Buffer[] = [];
        const sizeAt = (count: number): number => size * 2 ** Math.floor(count / partsOfOneSize);
        for await (const part of joinParts(give(pieces), () => sizeAt(parts.length))) parts.push(part);
        expect(Buffer.concat(parts).equals(all)).toBe(true);
        expect(parts.slice(0, -1).map(({ length }) => length)).toEqual(
          parts.slice(0, -1).map((_, index) => sizeAt(index)),
        );
      },
    ),
  );
});
