/** The work that names of fields may take at the edge, in each format. */
import { describe, expect, test } from "@jest/globals";
import { protect } from "../../support/protected-bodies.ts";

describe("names are matched within the budget", () => {
  test.each([
    ["application/x-www-form-urlencoded", "a[b].c=1&".repeat(100)],
    ["text/csv", `${"a,".repeat(300)}b\n`],
    [
      "multipart/form-data; boundary=b",
      `${'--b\r\nContent-Disposition: form-data; name="a[b][c]"\r\n\r\n1\r\n'.repeat(100)}--b--`,
    ],
    ["application/json", `[${'{"a":1},'.repeat(150)}1]`],
    ["text/xml", `<r>${"<a/>".repeat(300)}</r>`],
  ])("%s", async (contentType, body) => {
    const rule = { fields: ["x.y", "*z*"] };
    expect((await protect(rule, contentType, body, { limits: { work: 500 } })).code).toBe("too_complex");
    expect((await protect(rule, contentType, body, { limits: { work: 5_000 } })).code).toBeUndefined();
  });
});
