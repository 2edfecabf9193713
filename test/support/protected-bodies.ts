/** Tables of bodies for the edge function: what becomes of each, that it comes back, and what is refused. */
import { expect, test } from "@jest/globals";
import { type Answer, callEdge, makeEvent, makePolicy, openTokens } from "./edge.ts";

/** A value that must not leave the function in clear. */
export const secret = "078-05-1120";

/** A token, raw or percent-encoded: with all tokens replaced by one word, what is around them can be compared. */
export const tokenPattern = /(?:#|%23)01(?:#|%23)[A-Za-z0-9+/=._%-]+?(?:#|%23)10(?:#|%23)/g;

/** A sealed token, raw or percent-encoded. */
export const sealedToken = "(?:%23|#)01(?:%23|#)eyJ[A-Za-z0-9_.-]+(?:%23|#)10(?:%23|#)";

/** A body under one rule; `shape` is what goes on, with `<T>` for each token. */
export async function protect(
  rule: object,
  contentType: string,
  body: string | Buffer,
  settings: object = {},
): Promise<Answer & { readonly shape: string }> {
  const answer = await callEdge(
    makePolicy([rule], settings),
    makeEvent({ body, headers: { "content-type": contentType } }),
  );
  return { ...answer, shape: answer.body.replace(tokenPattern, "<T>") };
}

export async function restore(body: string | Buffer, contentType: string): Promise<string> {
  return (await openTokens({ body, contentType })).body;
}

export type Case = readonly [why: string, body: string, shape: string];

/** Protects, compares the shape, restores, and expects the body that came in. */
export function testCases(rule: object, contentType: string, cases: readonly Case[]): void {
  test.each(cases)("%s", async (_, body, shape) => {
    for (const token of ["auto", "sealed"]) {
      const answer = await protect({ ...rule, token }, contentType, body);
      expect([answer.code, answer.shape]).toEqual([undefined, shape]);
      expect(await restore(answer.body, contentType)).toBe(body);
      expect(answer.lines.join()).not.toContain(secret);
    }
  });
}

export function testRefusals(
  rule: object,
  contentType: string,
  cases: readonly (readonly [string, string | Buffer, string])[],
): void {
  test.each(cases)("%s", async (_, body, code) => {
    const answer = await protect(rule, contentType, body);
    expect(answer.code).toBe(code);
    expect(JSON.stringify(answer.result) + answer.lines.join()).not.toContain(secret);
  });
}
