import { expect, test } from "@jest/globals";
import * as jose from "jose";
test("x", () => { expect(typeof jose.compactDecrypt).toBe("function"); expect(process.version).toMatch(/^v24/); });
