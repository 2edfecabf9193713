/** What calls to KMS a function makes: content keys are kept, the budget is shared, and the audit line lists them. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { parseReader } from "../../core/decrypt/reader/reader.ts";
import { formatToken } from "../../core/token/grammar.ts";
import { createRecipient, type Recipient } from "../../core/token/recipient.ts";
import { createContentKey, sealJson } from "../../core/token/sealed-content.ts";
import { createHandler, type DecryptorHandler } from "../../decryptor/handler.ts";
import { type KmsWithClient, openKms } from "../support/local-kms.ts";
import { nextPrivateKeyPem, publicKeyPemOf } from "../support/rsa-keys.ts";

const secret = "4111 1111 1111 1111";
let local: KmsWithClient;
let recipient: Recipient;
let calls = 0;
let fault: "ThrottlingException" | undefined;
let lines: string[] = [];
let handler: DecryptorHandler;

beforeAll(async () => {
  local = await openKms({
    intercept: async ({ operation }) => {
      if (operation !== "Decrypt") return undefined;
      calls++;
      return fault === undefined ? undefined : { kind: "error", name: fault, message: "" };
    },
  });
  const privateKeyPem = nextPrivateKeyPem(2048);
  const keyArn = local.kms.importKey({ keyId: randomUUID(), privateKeyPem });
  recipient = createRecipient({ id: "01", keyArn, prefix: "#01#", suffix: "#10#" }, publicKeyPemOf(privateKeyPem));
});

afterAll(async () => local.close());

beforeEach(() => {
  calls = 0;
  fault = undefined;
  lines = [];
  handler = makeHandler();
});

function makeHandler(kms: object = {}): DecryptorHandler {
  const { id, keyArn, prefix, suffix } = recipient;
  const reader = parseReader({ reader: "test", recipients: [{ id, keyArn, prefix, suffix }], open: ["01"], kms });
  return createHandler(reader, local.client, (line) => lines.push(line));
}

function direct(text = secret): string {
  return formatToken(recipient, recipient.encrypt(Buffer.from(text, "utf8")).toString("base64"));
}

/** Two seconds, so that a fault does not keep the test for long. */
const soon = (): { readonly getRemainingTimeInMillis: () => number } => {
  const end = Date.now() + 900;
  return { getRemainingTimeInMillis: () => end - Date.now() };
};

describe("content keys are kept", () => {
  const seal = (key = createContentKey(recipient)): string => formatToken(recipient, sealJson(key, undefined, '"a"'));

  test("sealed tokens of one request that come one by one cost one call", async () => {
    const key = createContentKey(recipient);
    for (let count = 0; count < 3; count++) await handler({ body: seal(key) });
    expect(calls).toBe(1);
    expect(lines.map((line) => JSON.parse(line).cachedKeys)).toEqual([0, 1, 1]);
  });

  test("0 keeps none", async () => {
    const key = createContentKey(recipient);
    const without = makeHandler({ cachedKeys: 0 });
    await without({ body: seal(key) });
    await without({ body: seal(key) });
    expect(calls).toBe(2);
  });

  test("values of direct tokens, and failed calls, are not", async () => {
    const token = direct();
    await handler({ body: token });
    await handler({ body: token });
    expect(calls).toBe(2);
    fault = "ThrottlingException";
    const sealed = seal();
    await expect(handler({ body: sealed }, soon())).rejects.toMatchObject({ name: "kms_throttled" });
    fault = undefined;
    expect(await handler({ body: sealed })).toMatchObject({ body: "a" });
  });

  test("the one that was not used for longest goes first", async () => {
    const small = makeHandler({ cachedKeys: 2 });
    const [a, b, c] = [createContentKey(recipient), createContentKey(recipient), createContentKey(recipient)];
    for (const key of [a, b, a, c, a]) await small({ body: seal(key) });
    expect(calls).toBe(3);
    await small({ body: seal(b) });
    expect(calls).toBe(4);
  });
});

test("a budget of calls a second that is used up is waited for, or told as throttling", async () => {
  const slow = makeHandler({ callsPerSecond: 2 });
  expect(await slow({ texts: [direct("a"), direct("b"), direct("c")] })).toMatchObject({ opened: 3 });
  await expect(slow({ texts: [direct("a"), direct("b"), direct("c")] }, soon())).rejects.toMatchObject({
    name: "kms_throttled",
  });
});

test("the audit line tells who opened what, and never a value or a token", async () => {
  const token = direct();
  await handler({ body: `${token} ${token}`, purpose: "refund 17" }, { awsRequestId: "id" });
  const [line = ""] = lines;
  expect(JSON.parse(line)).toMatchObject({
    audit: "fieldseal",
    reader: "test",
    requestId: "id",
    caller: "direct",
    purpose: "refund 17",
    recipients: { "01": { opened: 2 } },
    kmsCalls: 1,
    cachedKeys: 0,
    kmsRequestIds: [expect.stringMatching(/^[0-9a-f-]{36}$/)],
    fingerprints: [expect.stringMatching(/^[0-9a-f]{16}$/)],
  });
  expect(line).not.toContain(secret);
  expect(line).not.toContain(token.slice(4, 24));
});
