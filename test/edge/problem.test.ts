import { describe, expect, test } from "@jest/globals";
import type { ErrorCode } from "../../core/errors.ts";
import { createProblem, statusOf } from "../../edge/problem.ts";

describe("refusals", () => {
  test.each<readonly [ErrorCode, number]>([
    ["body_truncated", 413],
    ["marker_in_input", 400],
    ["charset_unsupported", 415],
    ["path_not_allowed", 403],
    ["url_too_long", 414],
    ["headers_too_large", 431],
    ["internal_error", 500],
    ["kms_denied", 500],
  ])("%s: %i", (code, status) => {
    expect(statusOf(code)).toBe(status);
    expect(createProblem(code, undefined, undefined).status).toBe(String(status));
  });

  test("a request's id where it is known", () => {
    expect(JSON.parse(createProblem("too_deep", "id-1", undefined).body)).toMatchObject({ requestId: "id-1" });
    expect(JSON.parse(createProblem("too_deep", undefined, undefined).body)).not.toHaveProperty("requestId");
  });

  test("an internal error says no more than that", () => {
    const { detail } = JSON.parse(createProblem("kms_denied", undefined, undefined).body);
    expect(detail).toBe("The request could not be processed.");
  });

  test("CORS for one origin, and no cache may mix it up with another", () => {
    const { headers } = createProblem("too_deep", undefined, "https://app.example.com");
    expect(headers["access-control-allow-origin"]?.[0]?.value).toBe("https://app.example.com");
    expect(headers["vary"]?.[0]?.value).toBe("Origin");
    expect(createProblem("too_deep", undefined, undefined).headers).not.toHaveProperty("vary");
  });
});
