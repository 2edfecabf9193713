import { expect, test } from "@jest/globals";
import { readSentRequest, targetOf } from "../../../../local/command/samples/sent-request.ts";

test.each<[address: string, target: string]>([
  ["https://example.com/a/../b?c=%20#d", "/a/../b?c=%20"],
  ["/a?b", "/a?b"],
  ["https://example.com", "/"],
  ["https://example.com?a", "/?a"],
  ["a", "/a"],
])("the target of %j is %j", (address, target) => {
  expect(targetOf(address)).toBe(target);
});

test("the edge function sees the path, the query and no header that CloudFront hides", () => {
  const request = readSentRequest({
    method: "POST",
    target: "/a?b=%20",
    headers: [
      ["X-A", "1"],
      ["Connection", "close"],
    ],
    body: Buffer.from("x"),
  });
  expect(request).toMatchObject({ method: "POST", uri: "/a", querystring: "b=%20", body: { data: "eA==" } });
  expect([request.headers["x-a"]?.[0]?.value, request.headers["connection"]]).toEqual(["1", undefined]);
});
