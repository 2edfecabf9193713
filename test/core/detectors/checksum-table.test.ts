import { expect, test } from "@jest/globals";
import { checksumNames, checksums } from "../../../core/detectors/checksum-table.ts";

test.each([
  ["luhn", "4111-1111 1111/1111", true],
  ["mod97", "nwbk 6016 1331 9268 19 gb29", true],
  ["verhoeff", "2341 2341 2346", true],
  ["mod11", "ISBN 1-55404-295-X", true],
  ["mod11", "1-55404-295-1", false],
] as const)("%s of %s: %p", (name, text, valid) => expect(checksums[name](text)).toBe(valid));

test("names are those of the table", () => expect(checksumNames).toEqual(Object.keys(checksums)));
