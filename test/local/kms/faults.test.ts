import { constants, createPublicKey, publicEncrypt } from "node:crypto";
import { createServer } from "node:http";
import {
  DecryptCommand,
  DescribeKeyCommand,
  EnableKeyCommand,
  ListKeysCommand,
  ReEncryptCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { ObservedCall } from "../../../local/kms/call.ts";
import type { KmsErrorName } from "../../../local/kms/errors.ts";
import type { Fault, Intercept, KmsCall } from "../../../local/kms/faults.ts";
import { startKms } from "../../../local/kms/server.ts";
import { listen } from "../../../local/listen.ts";
import { type KmsWithClient, openKms, refusalOf } from "../../support/local-kms.ts";
import { nextPrivateKeyPem } from "../../support/rsa-keys.ts";

const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab";
const keyArn = `arn:aws:kms:eu-central-1:111122223333:key/${keyId}`;
const hourMs = 3_600_000;
const privateKeyPem = nextPrivateKeyPem(2048);

let opened: KmsWithClient;
let intercept: Intercept;
let observed: ObservedCall[];

beforeEach(async () => {
  intercept = async () => undefined;
  observed = [];
  opened = await openKms({ intercept: (call) => intercept(call), observe: (call) => observed.push(call) });
  opened.kms.importKey({ keyId, privateKeyPem });
});

afterEach(() => opened.close());

const describeKey = () => opened.client.send(new DescribeKeyCommand({ KeyId: keyId }));
const injectOnce = (fault: Fault) => {
  intercept = async ({ number }) => (number === 1 ? fault : undefined);
};

test("the interceptor sees each call by operation, Region, key and number", async () => {
  const calls: KmsCall[] = [];
  intercept = async (call) => void calls.push(call);
  await describeKey();
  await opened.client.send(new ListKeysCommand());
  await refusalOf(
    opened.client.send(
      new ReEncryptCommand({ CiphertextBlob: Buffer.of(1), SourceKeyId: "alias/a", DestinationKeyId: "alias/b" }),
    ),
  );
  const region = "eu-central-1";
  expect(calls).toEqual([
    { operation: "DescribeKey", region, keyId, number: 1 },
    { operation: "ListKeys", region, keyId: undefined, number: 2 },
    { operation: "ReEncrypt", region, keyId: "alias/a", number: 3 },
  ]);
});

describe("an injected error", () => {
  test.each<[KmsErrorName, number]>([
    ["ThrottlingException", 400],
    ["AccessDeniedException", 400],
    ["IncorrectKeyException", 400],
    ["KMSInternalException", 500],
    ["KeyUnavailableException", 500],
    ["DependencyTimeoutException", 500],
  ])("%s comes with status %i", async (name, status) => {
    injectOnce({ kind: "error", name, message: "as asked" });
    expect(await refusalOf(describeKey())).toEqual({ name, message: "as asked", status });
    expect(observed).toEqual([{ operation: "DescribeKey", outcome: name }]);
  });

  test("may have no message, and the next call goes through", async () => {
    injectOnce({ kind: "error", name: "ThrottlingException" });
    expect(await refusalOf(describeKey())).toMatchObject({ message: "UnknownError" });
    expect((await describeKey()).KeyMetadata?.Arn).toBe(keyArn);
  });

  test("prevents the operation", async () => {
    injectOnce({ kind: "error", name: "ThrottlingException" });
    await refusalOf(opened.client.send(new ScheduleKeyDeletionCommand({ KeyId: keyId })));
    expect((await describeKey()).KeyMetadata?.KeyState).toBe("Enabled");
  });
});

test("a bare status comes without a body", async () => {
  injectOnce({ kind: "status", status: 503 });
  expect(await refusalOf(describeKey())).toMatchObject({ status: 503 });
  expect(observed).toEqual([{ operation: "DescribeKey", outcome: "status 503" }]);
});

test("a reset breaks the connection, and the next call gets another", async () => {
  injectOnce({ kind: "reset" });
  await expect(describeKey()).rejects.toThrow("ECONNRESET");
  expect(observed).toEqual([{ operation: "DescribeKey", outcome: "reset" }]);
  expect((await describeKey()).KeyMetadata?.Arn).toBe(keyArn);
});

test.each<Fault>([
  { kind: "delay", delayMs: 5 },
  { kind: "stall", delayMs: 5 },
])("the answer arrives after %p", async (fault) => {
  injectOnce(fault);
  expect((await describeKey()).KeyMetadata?.Arn).toBe(keyArn);
  expect(observed).toEqual([{ operation: "DescribeKey", outcome: "ok" }]);
});

test("a call that is held back does not hold back others", async () => {
  intercept = async ({ operation }) => (operation === "DescribeKey" ? { kind: "delay", delayMs: hourMs } : undefined);
  const abort = new AbortController();
  const call = opened.client.send(new DescribeKeyCommand({ KeyId: keyId }), { abortSignal: abort.signal });
  const aborted = expect(call).rejects.toThrow("aborted");
  expect((await opened.client.send(new ListKeysCommand())).Keys).toHaveLength(1);
  abort.abort();
  await aborted;
});

test("an answer that stalls shows its head before its body", async () => {
  injectOnce({ kind: "stall", delayMs: hourMs });
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "TrentService.ListKeys" };
  const abort = new AbortController();
  const response = await fetch(opened.kms.url, { method: "POST", headers, body: "{}", signal: abort.signal });
  expect(response.status).toBe(200);
  abort.abort();
  await expect(response.text()).rejects.toThrow("aborted");
});

test("an answer may name another key, or lack a member", async () => {
  const other = `arn:aws:kms:eu-central-1:111122223333:key/${keyId.replace("1", "2")}`;
  injectOnce({ kind: "answer", members: { KeyId: other, EncryptionAlgorithm: undefined } });
  const key = { key: createPublicKey(privateKeyPem), padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" };
  const CiphertextBlob = publicEncrypt(key, Buffer.from("x"));
  const command = new DecryptCommand({ KeyId: keyId, CiphertextBlob, EncryptionAlgorithm: "RSAES_OAEP_SHA_256" });
  const answer = await opened.client.send(command);
  expect({ ...answer, $metadata: undefined }).toEqual({ KeyId: other, Plaintext: new Uint8Array([0x78]) });
  expect((await opened.client.send(command)).KeyId).toBe(keyArn);
});

test("an interceptor that fails is an internal error, whose cause only the observer gets", async () => {
  const defect = new Error("a defect");
  intercept = () => Promise.reject(defect);
  expect(await refusalOf(describeKey())).toEqual({
    name: "KMSInternalException",
    message: "UnknownError",
    status: 500,
  });
  expect(observed).toEqual([{ operation: "DescribeKey", outcome: "KMSInternalException", cause: defect }]);
});

test("the observer learns how each call ended", async () => {
  await describeKey();
  await opened.client.send(new EnableKeyCommand({ KeyId: keyId }));
  await refusalOf(opened.client.send(new DescribeKeyCommand({ KeyId: "alias/absent" })));
  expect(observed).toEqual([
    { operation: "DescribeKey", outcome: "ok" },
    { operation: "EnableKey", outcome: "ok" },
    { operation: "DescribeKey", outcome: "NotFoundException" },
  ]);
});

describe("closing", () => {
  test.each<"delay" | "stall">(["delay", "stall"])("breaks off a call held back by a %s", async (kind) => {
    const arrived = new Promise<void>((resolve) => {
      intercept = async () => {
        resolve();
        return { kind, delayMs: hourMs };
      };
    });
    const call = expect(describeKey()).rejects.toThrow();
    await arrived;
    await opened.kms.close();
    await call;
  });

  test("may be repeated", async () => {
    await opened.kms.close();
    await opened.kms.close();
    await expect(describeKey()).rejects.toThrow("ECONNREFUSED");
  });
});

test("a port in use is refused with its number", async () => {
  const other = await listen(createServer(), { part: "Other", port: 0 });
  const port = Number(new URL(other.url).port);
  await expect(startKms({ port, databaseFile: ":memory:" })).rejects.toThrow(
    `KMS: port ${port} on 127.0.0.1 is in use. Choose another port.`,
  );
  await other.close();
});
