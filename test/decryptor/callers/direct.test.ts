/** Direct invocation: a body or several texts, counts, and places of tokens that stay. */
import { expect, test } from "@jest/globals";
import { openCaller, secret } from "../../support/caller.ts";

const caller = openCaller();
const { token, call, handle } = caller;

test("texts: one result each, nulls kept, places with the text's number", async () => {
  const answer = await handle({
    texts: [`a ${token()}`, null, "plain", `${token().slice(0, 60)} x`],
    onFailure: "keep",
  });
  expect(answer).toMatchObject({
    texts: [`a ${secret}`, null, "plain", expect.any(String)],
    found: 2,
    opened: 1,
    withheld: [],
    failed: [{ index: 3, offset: 0, code: "token_damaged" }],
  });
});

test("an error tells which text it is about", async () => {
  await expect(handle({ texts: [null, token(), `x ${token().slice(0, 60)}`] })).rejects.toMatchObject({
    name: "token_damaged",
    message: expect.stringContaining("at texts[2], offset 2"),
  });
});

test("equal ciphertexts of several texts are asked for once", async () => {
  const same = token();
  await handle({ texts: [same, same, `x ${same}`] });
  expect(caller.decryptor.calls.length).toBe(1);
});

test.each<[string, unknown]>([
  ["texts that are no list", { texts: "a" }],
  ["a text that is no string", { texts: [1] }],
  ["a purpose with a line break", { body: "a", purpose: "a\nb" }],
])("%s", async (_, event) => {
  await expect(handle(event)).rejects.toMatchObject({ name: "request_invalid" });
});

test.each<{ readonly why: string; readonly event: () => object; readonly code: string }>([
  { why: "base64 that is none", event: () => ({ body: "a*b=", isBase64Encoded: true }), code: "request_invalid" },
  { why: "base64 that is cut off", event: () => ({ body: "YWJjZ", isBase64Encoded: true }), code: "request_invalid" },
  {
    why: "base64 that is none, in a list",
    event: () => ({ texts: ["YQ==", null, "-"], isBase64Encoded: true }),
    code: "request_invalid",
  },
  { why: "half of a surrogate pair", event: () => ({ body: "\ud800" }), code: "request_invalid" },
  { why: "base64 as text", event: () => ({ body: "YQ==", isBase64Encoded: "true" }), code: "request_invalid" },
])("$why: $code", async ({ event, code }) => {
  expect((await call(event())).error).toBe(code);
});

test.each(["eCAjMDE=", "eCAjMDE"])("base64 with its padding, and without: %s", async (body) => {
  expect((await call({ body, isBase64Encoded: true })).result).toMatchObject({
    body: "eCAjMDE=",
    isBase64Encoded: true,
  });
});
