import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { callEdge, type EventParts, makeEvent, makePolicy } from "../support/edge.ts";
import { secret } from "../support/protected-bodies.ts";

const policy = makePolicy([{ name: "people", body: ["$..ssn"] }]);
const body = `[ {"id": 1.0, "ssn":"${secret}"} ]`;

describe("digests of a body that changed", () => {
  const digest = (algorithm: string, text: string, encoding: "base64" | "hex"): string =>
    createHash(algorithm).update(text).digest(encoding);
  const headersOf = async (headers: EventParts["headers"], text = body) => {
    const answer = await callEdge(policy, makeEvent({ body: text, headers: headers ?? {} }));
    const { headers: written }: { readonly headers?: unknown } = answer.result;
    return { written: Object(written), body: answer.body };
  };

  test("are computed anew", async () => {
    const { written, body: changed } = await headersOf({
      "content-md5": digest("md5", body, "base64"),
      "x-amz-content-sha256": digest("sha256", body, "hex"),
      "content-digest": `sha-256=:${digest("sha256", body, "base64")}:, unixsum=:AAAA:`,
      "repr-digest": `sha-512=:${digest("sha512", body, "base64")}:`,
      digest: `SHA-256=${digest("sha256", body, "base64")}`,
    });
    expect(written["content-md5"]).toEqual([{ key: "Content-Md5", value: digest("md5", changed, "base64") }]);
    expect(written["x-amz-content-sha256"][0].value).toBe(digest("sha256", changed, "hex"));
    expect(written["content-digest"][0].value).toBe(`sha-256=:${digest("sha256", changed, "base64")}:`);
    expect(written["repr-digest"][0].value).toBe(`sha-512=:${digest("sha512", changed, "base64")}:`);
    expect(written["digest"][0].value).toBe(`SHA-256=${digest("sha256", changed, "base64")}`);
  });

  test("are removed where this function does not know them", async () => {
    const { written } = await headersOf({
      "content-digest": "unixsum=:AAAA:",
      "x-amz-checksum-crc32": "AAAAAA==",
      "x-goog-hash": "crc32c=AAAAAA==",
    });
    expect(Object.keys(written)).toEqual(["host", "content-type"]);
  });

  test("stay where nothing changed", async () => {
    const { written } = await headersOf({ "content-md5": "as it came" }, "{}");
    expect(written["content-md5"]).toEqual([{ key: "Content-Md5", value: "as it came" }]);
  });

  test("what says nothing of the body stays, with every other header", async () => {
    const { written } = await headersOf({
      "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
      "content-length": "33",
      "x-other": ["a", "b"],
    });
    expect(written["x-amz-content-sha256"][0].value).toBe("UNSIGNED-PAYLOAD");
    expect(written["content-length"]).toEqual([{ key: "Content-Length", value: "33" }]);
    expect(written["x-other"]).toHaveLength(2);
  });
});
