import { expect, test } from "@jest/globals";
import { isProtectableHeader } from "../../../core/rule/headers.ts";

test.each([
  ["authorization", true, "any other"],
  ["x-forwarded-for", true, "any other"],
  ["x-amzn-trace-id", true, "not the prefix"],
  ["my-x-edge-id", true, "not at the beginning"],
  ["cookie", false, "a list of its own"],
  ["content-type", false, "read by the function"],
  ["host", false, "read-only"],
  ["via", false, "read-only"],
  ["x-amz-cf-id", false, "CloudFront's"],
  ["x-edge-location", false, "CloudFront's"],
  ["cloudfront-viewer-country", false, "CloudFront's"],
])("%s: %p, %s", (name, expected) => {
  expect(isProtectableHeader(name)).toBe(expected);
});
