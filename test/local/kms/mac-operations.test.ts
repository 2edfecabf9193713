import { createHmac } from "node:crypto";
import {
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  GenerateMacCommand,
  GetPublicKeyCommand,
  VerifyMacCommand,
} from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type KmsWithClient, openKms, refusalOf } from "../../support/local-kms.ts";

let local: KmsWithClient;
let keyArn: string;
const Message = Buffer.from("message");

async function makeKey(KeySpec: "HMAC_224" | "HMAC_256" | "HMAC_384" | "HMAC_512"): Promise<string> {
  const { KeyMetadata } = await local.client.send(new CreateKeyCommand({ KeySpec, KeyUsage: "GENERATE_VERIFY_MAC" }));
  return String(KeyMetadata?.Arn);
}

beforeAll(async () => {
  local = await openKms();
  keyArn = await makeKey("HMAC_256");
});

afterAll(() => local.close());

test.each([
  ["HMAC_224", "HMAC_SHA_224", 28],
  ["HMAC_256", "HMAC_SHA_256", 32],
  ["HMAC_384", "HMAC_SHA_384", 48],
  ["HMAC_512", "HMAC_SHA_512", 64],
] as const)("%s", async (spec, MacAlgorithm, byteCount) => {
  const KeyId = await makeKey(spec);
  const { Mac, KeyId: answered } = await local.client.send(new GenerateMacCommand({ KeyId, Message, MacAlgorithm }));
  expect([answered, Mac?.length]).toEqual([KeyId, byteCount]);
  expect((await local.client.send(new GenerateMacCommand({ KeyId, Message, MacAlgorithm }))).Mac).toEqual(Mac);
  expect(await local.client.send(new VerifyMacCommand({ KeyId, Message, MacAlgorithm, Mac }))).toMatchObject({
    MacValid: true,
    KeyId,
  });
});

test("two keys give different codes, and neither is that of an empty key", async () => {
  const of = async (KeyId: string): Promise<string> =>
    Buffer.from(
      (await local.client.send(new GenerateMacCommand({ KeyId, Message, MacAlgorithm: "HMAC_SHA_256" }))).Mac ?? [],
    ).toString("hex");
  const codes = [
    await of(keyArn),
    await of(await makeKey("HMAC_256")),
    createHmac("sha256", "").update(Message).digest("hex"),
  ];
  expect(new Set(codes).size).toBe(3);
});

test("DescribeKey shows the facts of an HMAC key", async () => {
  const { KeyMetadata } = await local.client.send(new DescribeKeyCommand({ KeyId: keyArn }));
  expect(KeyMetadata).toMatchObject({
    KeySpec: "HMAC_256",
    KeyUsage: "GENERATE_VERIFY_MAC",
    MacAlgorithms: ["HMAC_SHA_256"],
  });
  expect(KeyMetadata?.EncryptionAlgorithms).toBeUndefined();
});

describe("refusals", () => {
  test.each([
    [
      "a wrong code",
      "KMSInvalidMacException",
      () =>
        local.client.send(
          new VerifyMacCommand({ KeyId: keyArn, Message, MacAlgorithm: "HMAC_SHA_256", Mac: Buffer.alloc(32) }),
        ),
    ],
    [
      "another algorithm",
      "InvalidKeyUsageException",
      () => local.client.send(new GenerateMacCommand({ KeyId: keyArn, Message, MacAlgorithm: "HMAC_SHA_512" })),
    ],
    [
      "too long a message",
      "ValidationException",
      () =>
        local.client.send(
          new GenerateMacCommand({ KeyId: keyArn, Message: Buffer.alloc(4_097), MacAlgorithm: "HMAC_SHA_256" }),
        ),
    ],
    [
      "encrypting",
      "InvalidKeyUsageException",
      () =>
        local.client.send(
          new EncryptCommand({ KeyId: keyArn, Plaintext: Message, EncryptionAlgorithm: "RSAES_OAEP_SHA_256" }),
        ),
    ],
    [
      "a public half",
      "UnsupportedOperationException",
      () => local.client.send(new GetPublicKeyCommand({ KeyId: keyArn })),
    ],
    [
      "a dry run",
      "DryRunOperationException",
      () =>
        local.client.send(
          new GenerateMacCommand({ KeyId: keyArn, Message, MacAlgorithm: "HMAC_SHA_256", DryRun: true }),
        ),
    ],
    [
      "another usage",
      "ValidationException",
      () => local.client.send(new CreateKeyCommand({ KeySpec: "HMAC_256", KeyUsage: "ENCRYPT_DECRYPT" })),
    ],
  ])("%s", async (_, name, call: () => Promise<unknown>) => {
    expect((await refusalOf(call())).name).toBe(name);
  });

  test("a disabled key", async () => {
    const KeyId = await makeKey("HMAC_256");
    await local.client.send(new DisableKeyCommand({ KeyId }));
    expect(
      (await refusalOf(local.client.send(new GenerateMacCommand({ KeyId, Message, MacAlgorithm: "HMAC_SHA_256" }))))
        .name,
    ).toBe("DisabledException");
  });
});
