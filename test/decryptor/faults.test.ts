/** Faults of KMS and of the network: nothing is lost, nothing half restored unless asked for, no failure remembered. */
import { DisableKeyCommand, EnableKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { parseReader } from "../../core/decrypt/reader/reader.ts";
import { createRecipient } from "../../core/token/recipient.ts";
import { createContentKey } from "../../core/token/sealed-content.ts";
import { createHandler } from "../../decryptor/handler.ts";
import type { Fault } from "../../local/kms/faults.ts";
import { type Decryptor, makeDirect, makeSealed, openDecryptor, within } from "../support/decryptor.ts";
import { keys } from "../support/edge.ts";
import { openKms } from "../support/local-kms.ts";

const secret = "4111 1111 1111 1111";
let decryptor: Decryptor;

beforeAll(async () => {
  decryptor = await openDecryptor();
});

afterAll(() => decryptor.close());

beforeEach(() => {
  decryptor.calls.length = 0;
  decryptor.intercept = async () => undefined;
});

const throttled: Fault = { kind: "error", name: "ThrottlingException" };

/** A quota as KMS has it: so many calls in each second, and no more. */
function limitRate(callsPerSecond: number): { readonly refused: () => number } {
  let credit = callsPerSecond;
  let last = Date.now();
  let refused = 0;
  decryptor.intercept = async () => {
    const now = Date.now();
    credit = Math.min(callsPerSecond, credit + ((now - last) * callsPerSecond) / 1_000);
    last = now;
    if (credit >= 1) {
      credit--;
      return undefined;
    }
    refused++;
    return throttled;
  };
  return { refused: () => refused };
}

test("a quota that many tokens exceed: all are opened within the time there is", async () => {
  const quota = limitRate(30);
  const tokens = Array.from({ length: 120 }, (_, index) => makeDirect(decryptor.recipients[0], `v${index}`));
  const { result, audit } = await decryptor.call({ body: tokens.join(" ") }, {}, within(20_000));
  expect(result["body"]).toBe(tokens.map((_, index) => `v${index}`).join(" "));
  expect(quota.refused()).toBeGreaterThan(0);
  expect(audit["kmsCalls"]).toBe(decryptor.calls.length);
});

test("a quota that leaves too little time: throttling is told, and nothing is given out", async () => {
  limitRate(20);
  const tokens = Array.from({ length: 300 }, () => makeDirect(decryptor.recipients[0], secret));
  const { error, line, message } = await decryptor.call({ body: tokens.join(" ") }, {}, within(2_000));
  expect(error).toBe("kms_throttled");
  expect(line + message).not.toContain(secret);
});

describe("now and then", () => {
  test.each<[string, Fault]>([
    ["throttled", throttled],
    ["an internal error", { kind: "error", name: "KMSInternalException" }],
    ["a dependency's time", { kind: "error", name: "DependencyTimeoutException" }],
    ["an unavailable key", { kind: "error", name: "KeyUnavailableException" }],
    ["502", { kind: "status", status: 502 }],
    ["429", { kind: "status", status: 429 }],
    ["a reset", { kind: "reset" }],
    ["a late answer", { kind: "delay", delayMs: 30 }],
  ])("%s: every third call", async (_, fault) => {
    let count = 0;
    decryptor.intercept = async () => (++count % 3 === 0 ? fault : undefined);
    const tokens = Array.from({ length: 30 }, (_, index) => makeDirect(decryptor.recipients[0], `v${index}`));
    const { result } = await decryptor.call({ texts: tokens }, {}, within(20_000));
    expect(result["texts"]).toEqual(tokens.map((_, index) => `v${index}`));
  });
});

describe("what another try does not mend", () => {
  test.each<[code: string, fault: Fault]>([
    ["kms_denied", { kind: "error", name: "AccessDeniedException" }],
    ["kms_key_unusable", { kind: "error", name: "DisabledException" }],
    ["kms_key_unusable", { kind: "error", name: "KMSInvalidStateException" }],
    ["token_invalid", { kind: "error", name: "IncorrectKeyException" }],
    [
      "kms_key_mismatch",
      {
        kind: "answer",
        members: { KeyId: "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000000" },
      },
    ],
    ["kms_key_mismatch", { kind: "answer", members: { KeyId: undefined } }],
  ])("%s: one of two recipients, the other one's values only if asked for", async (code, fault) => {
    const [one, two] = decryptor.recipients;
    decryptor.intercept = async ({ keyId }) => (keyId === two.keyArn ? fault : undefined);
    const body = `${makeDirect(one, secret)} ${makeDirect(two, "x")} ${makeDirect(one, "y")}`;
    const failed = await decryptor.call({ body });
    expect([failed.error, failed.result]).toEqual([code, {}]);
    expect(failed.line + failed.message).not.toContain(secret);
    expect(failed.audit["recipients"]).toEqual({ "01": { discarded: 2 }, "02": { [code]: 1 } });
    const kept = await decryptor.call({ body, onFailure: "keep" });
    expect(kept.result).toMatchObject({
      body: `${secret} ${body.split(" ")[1]} y`,
      found: 3,
      opened: 2,
      failed: [{ code }],
    });
  });

  test("one code for every kind of bad ciphertext", async () => {
    const [one, two] = decryptor.recipients;
    const bad = [
      makeDirect(two, "x").replace(two.prefix, one.prefix).replace(two.suffix, one.suffix),
      one.prefix + Buffer.alloc(256, 255).toString("base64") + one.suffix,
      one.prefix + Buffer.alloc(384, 1).toString("base64") + one.suffix,
      one.prefix + one.encrypt(Buffer.from([0xff])).toString("base64") + one.suffix,
      makeSealed(one, "1").replace(/\.[\w-]{16}\./, `.${"A".repeat(16)}.`),
      makeSealed(one, "1,2"),
    ];
    for (const body of bad) expect((await decryptor.call({ body })).error).toBe("token_invalid");
  });
});

describe("what is not remembered", () => {
  test.each<[string, Fault]>([
    ["throttling", throttled],
    ["denial", { kind: "error", name: "AccessDeniedException" }],
    ["a bad ciphertext", { kind: "error", name: "InvalidCiphertextException" }],
    ["another key", { kind: "answer", members: { KeyId: "x" } }],
    [
      "a content key of another length",
      { kind: "answer", members: { Plaintext: Buffer.alloc(16).toString("base64") } },
    ],
  ])("%s", async (_, fault) => {
    const handler = decryptor.createHandler();
    const body = makeSealed(decryptor.recipients[0], '"a"');
    decryptor.intercept = async () => fault;
    expect((await handler({ body }, within(900))).error).toBeDefined();
    decryptor.intercept = async () => undefined;
    expect((await handler({ body })).result["body"]).toBe("a");
  });

  test("a content key is kept for its recipient and KMS key only", async () => {
    const [one, two] = decryptor.recipients;
    const handler = decryptor.createHandler();
    const key = createContentKey(one);
    const token = makeSealed(one, '"a"', undefined, key);
    expect((await handler({ body: token })).audit).toMatchObject({ kmsCalls: 1, cachedKeys: 0 });
    expect((await handler({ body: token })).audit).toMatchObject({ kmsCalls: 0, cachedKeys: 1 });
    const moved = token.replace(one.prefix, two.prefix).replace(one.suffix, two.suffix);
    expect((await handler({ body: moved })).error).toBe("token_invalid");
    const asDirect = one.prefix + Buffer.from(key.wrapped, "base64url").toString("base64") + one.suffix;
    await handler({ body: asDirect });
    expect(decryptor.calls.filter(({ operation }) => operation === "Decrypt")).toHaveLength(3);
  });

  test("a key that was disabled works no longer than content keys are kept", async () => {
    const three = decryptor.makeRecipient("03");
    const settings = {
      recipients: [{ id: "03", keyArn: three.keyArn, prefix: three.prefix, suffix: three.suffix }],
      open: ["03"],
    };
    const [keeping, without] = [
      decryptor.createHandler(settings),
      decryptor.createHandler({ ...settings, kms: { cacheSeconds: 0 } }),
    ];
    const body = makeSealed(three, '"a"');
    await keeping({ body });
    await without({ body });
    await decryptor.client.send(new DisableKeyCommand({ KeyId: three.keyArn }));
    expect((await keeping({ body })).result["body"]).toBe("a");
    expect((await without({ body })).error).toBe("kms_key_unusable");
    await decryptor.client.send(new EnableKeyCommand({ KeyId: three.keyArn }));
    expect((await without({ body })).result["body"]).toBe("a");
    await decryptor.client.send(new ScheduleKeyDeletionCommand({ KeyId: three.keyArn, PendingWindowInDays: 7 }));
    expect((await without({ body })).error).toBe("kms_key_unusable");
  });
});

test("a clock that goes wrong is set by KMS's answer", async () => {
  const local = await openKms({ clock: () => Date.now() + 3_600_000, longestSkewMs: 300_000 });
  const client = new KMSClient({
    endpoint: local.kms.url,
    region: "eu-central-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    maxAttempts: 1,
  });
  const [{ privateKeyPem, publicKeyPem }] = keys;
  const keyArn = local.kms.importKey({ keyId: "00000000-0000-4000-8000-000000000001", privateKeyPem });
  const reader = parseReader({
    reader: "test",
    recipients: [{ id: "01", keyArn, prefix: "#01#", suffix: "~01~" }],
    open: ["01"],
  });
  const recipient = createRecipient({ id: "01", keyArn, prefix: "#01#", suffix: "~01~" }, publicKeyPem);
  const tokens = Array.from({ length: 20 }, () => makeDirect(recipient, "x"));
  expect(await createHandler(reader, client, () => undefined)({ body: tokens.join(" ") })).toMatchObject({
    opened: 20,
  });
  client.destroy();
  await local.close();
});
