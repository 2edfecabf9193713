import { expect, test } from "@jest/globals";
import { findDisallowed } from "../../../local/cloudfront/headers.ts";

test.each<[name: string, entry: string | undefined]>([
  ["connection", "connection"],
  ["x-edge-anything", "x-edge-*"],
  ["x-amz-cf-id", "x-amz-cf-*"],
  ["x-amzn-cf-id", "x-amzn-cf-id"],
  ["x-edge", undefined],
  ["x-cached", undefined],
  ["via", undefined],
  ["content-type", undefined],
])("%s is covered by %j", (name, entry) => {
  expect(findDisallowed(name)).toBe(entry);
});
