import { constants, createPrivateKey, createPublicKey, privateDecrypt, publicEncrypt } from "node:crypto";
import {
  DecryptCommand,
  type DecryptCommandInput,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  type EncryptCommandInput,
  type EncryptionAlgorithmSpec,
  ReEncryptCommand,
  type ReEncryptCommandInput,
} from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import forge from "node-forge";
import type { ObservedCall } from "../../../local/kms/call.ts";
import { type KmsWithClient, openKms, refusalOf } from "../../support/local-kms.ts";
import { nextPrivateKeyPem } from "../../support/rsa-keys.ts";

const keyIds = {
  RSA_2048: "20482048-0000-4000-8000-000000000000",
  RSA_3072: "30723072-0000-4000-8000-000000000000",
  RSA_4096: "40964096-0000-4000-8000-000000000000",
} as const;
type KeySpec = keyof typeof keyIds;

const pems = {
  RSA_2048: nextPrivateKeyPem(2048),
  RSA_3072: nextPrivateKeyPem(3072),
  RSA_4096: nextPrivateKeyPem(4096),
};
const sha256 = "RSAES_OAEP_SHA_256";
const sha1 = "RSAES_OAEP_SHA_1";
const KeyId = keyIds.RSA_2048;
const keyArn = `arn:aws:kms:eu-central-1:111122223333:key/${KeyId}`;
const publicKey = createPublicKey(createPrivateKey(pems.RSA_2048));

let opened: KmsWithClient;
const observed: ObservedCall[] = [];

beforeAll(async () => {
  opened = await openKms({ observe: (call) => observed.push(call) });
  for (const spec of ["RSA_2048", "RSA_3072", "RSA_4096"] as const) {
    opened.kms.importKey({ keyId: keyIds[spec], privateKeyPem: pems[spec] });
  }
});

afterAll(() => opened.close());

const encrypt = (input: EncryptCommandInput) => opened.client.send(new EncryptCommand(input));
const decrypt = (input: DecryptCommandInput) => opened.client.send(new DecryptCommand(input));
const reEncrypt = (input: ReEncryptCommandInput) => opened.client.send(new ReEncryptCommand(input));

/** The ciphertext of another program for the public key. */
function sealElsewhere(plaintext: string | Uint8Array, oaepHash = "sha256", oaepLabel?: Buffer): Buffer {
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const key = { key: publicKey, padding, oaepHash, ...(oaepLabel && { oaepLabel }) };
  return publicEncrypt(key, typeof plaintext === "string" ? Buffer.from(plaintext) : plaintext);
}

const capacities: readonly [KeySpec, EncryptionAlgorithmSpec, number, number][] = [
  ["RSA_2048", sha1, 214, 256],
  ["RSA_2048", sha256, 190, 256],
  ["RSA_3072", sha1, 342, 384],
  ["RSA_3072", sha256, 318, 384],
  ["RSA_4096", sha1, 470, 512],
  ["RSA_4096", sha256, 446, 512],
];

describe.each(capacities)("%s with %s", (spec, EncryptionAlgorithm, capacity, length) => {
  const id = keyIds[spec];
  const arn = `arn:aws:kms:eu-central-1:111122223333:key/${id}`;

  test.each([1, capacity])("carries %i bytes", async (size) => {
    const Plaintext = Buffer.alloc(size, 0xa5);
    const sealed = await encrypt({ KeyId: id, Plaintext, EncryptionAlgorithm });
    expect(sealed).toMatchObject({ KeyId: arn, EncryptionAlgorithm });
    expect(sealed.CiphertextBlob).toHaveLength(length);
    const { CiphertextBlob } = sealed;
    const { KeyId, Plaintext: opened, ...answer } = await decrypt({ KeyId: id, CiphertextBlob, EncryptionAlgorithm });
    expect({ KeyId, opened }).toEqual({ KeyId: arn, opened: new Uint8Array(Plaintext) });
    expect(answer).toEqual({ EncryptionAlgorithm, $metadata: expect.anything() });
  });

  test("does not carry one byte more", async () => {
    const Plaintext = Buffer.alloc(capacity + 1);
    const limit = `cannot encrypt data larger than ${capacity} bytes.`;
    expect(await refusalOf(encrypt({ KeyId: id, Plaintext, EncryptionAlgorithm }))).toEqual({
      name: "ValidationException",
      message: `Algorithm ${EncryptionAlgorithm} and key spec ${spec} ${limit}`,
      status: 400,
    });
  });

  test("is RSA-OAEP with one hash for label and MGF1, as in other implementations", async () => {
    const { CiphertextBlob = new Uint8Array() } = await encrypt({
      KeyId: id,
      Plaintext: Buffer.from("Zoë"),
      EncryptionAlgorithm,
    });
    const oaepHash = EncryptionAlgorithm === sha1 ? "sha1" : "sha256";
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    expect(privateDecrypt({ key: pems[spec], padding, oaepHash }, CiphertextBlob).toString()).toBe("Zoë");
  });
});

test.each([
  ["the empty text", ""],
  ["text beyond Latin", "Zoë 名前 🔐"],
])("a ciphertext of node-forge with %s is opened", async (_, text) => {
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const sealed = forge.pki.publicKeyFromPem(pem).encrypt(forge.util.encodeUtf8(text), "RSA-OAEP", {
    md: forge.md.sha256.create(),
    mgf1: { md: forge.md.sha256.create() },
  });
  const CiphertextBlob = Buffer.from(sealed, "binary");
  const { Plaintext } = await decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm: sha256 });
  expect(Buffer.from(Plaintext ?? "none").toString()).toBe(text);
});

test("only ciphertexts open", async () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 190 });
  await fc.assert(
    fc.asyncProperty(bytes, fc.nat(255), fc.integer({ min: 1, max: 255 }), async (Plaintext, index, change) => {
      const { CiphertextBlob = new Uint8Array() } = await encrypt({ KeyId, Plaintext, EncryptionAlgorithm: sha256 });
      expect((await decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm: sha256 })).Plaintext).toEqual(Plaintext);
      CiphertextBlob[index] = (CiphertextBlob[index] ?? 0) ^ change;
      const refusal = await refusalOf(decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm: sha256 }));
      expect(refusal.name).toBe("InvalidCiphertextException");
    }),
    { numRuns: 50 },
  );
});

describe("one error for every ciphertext that does not open", () => {
  const modulus = Buffer.from(String(publicKey.export({ format: "jwk" }).n), "base64url");
  const sealed = sealElsewhere("x");

  /** A ciphertext that is a smaller number than most: its first byte is zero. */
  function sealWithLeadingZero(): Buffer {
    const ciphertext = sealElsewhere("x");
    return ciphertext[0] === 0 ? ciphertext : sealWithLeadingZero();
  }

  function sealByForge(mgf1: forge.md.MessageDigest): Buffer {
    const key = forge.pki.publicKeyFromPem(publicKey.export({ type: "spki", format: "pem" }).toString());
    return Buffer.from(key.encrypt("x", "RSA-OAEP", { md: forge.md.sha256.create(), mgf1: { md: mgf1 } }), "binary");
  }

  test.each<[string, Uint8Array, EncryptionAlgorithmSpec]>([
    ["SHA-1 under SHA-256", sealElsewhere("x", "sha1"), sha256],
    ["SHA-256 under SHA-1", sealed, sha1],
    ["SHA-512", sealElsewhere("x", "sha512"), sha256],
    ["SHA-256 with MGF1 on SHA-1", sealByForge(forge.md.sha1.create()), sha256],
    ["a label", sealElsewhere("x", "sha256", Buffer.from("label")), sha256],
    ["PKCS#1 v1.5", publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from("x")), sha256],
    ["the last byte cut off", sealed.subarray(0, -1), sha256],
    ["the first byte cut off", sealed.subarray(1), sha256],
    ["a leading zero cut off", sealWithLeadingZero().subarray(1), sha256],
    ["a leading zero too many", Buffer.concat([Buffer.of(0), sealed]), sha256],
    ["a byte too many", Buffer.concat([sealed, Buffer.of(0)]), sha256],
    ["one byte", Buffer.of(1), sha256],
    ["as long as can be", Buffer.alloc(6144, 1), sha256],
    ["zero", Buffer.alloc(256), sha256],
    ["the modulus", modulus, sha256],
    ["more than the modulus", Buffer.alloc(256, 0xff), sha256],
  ])("%s", async (_, CiphertextBlob, EncryptionAlgorithm) => {
    expect(await refusalOf(decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm }))).toEqual({
      name: "InvalidCiphertextException",
      message: "UnknownError",
      status: 400,
    });
  });

  test("a ciphertext with a leading zero opens", async () => {
    const CiphertextBlob = sealWithLeadingZero();
    const { Plaintext } = await decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm: sha256 });
    expect(Buffer.from(Plaintext ?? "").toString()).toBe("x");
  });

  test("a ciphertext of another key, of the same or another size", async () => {
    const other = "20482048-0000-4000-8000-000000000001";
    opened.kms.importKey({ keyId: other, privateKeyPem: nextPrivateKeyPem(2048) });
    for (const id of [other, keyIds.RSA_3072]) {
      const refusal = await refusalOf(decrypt({ KeyId: id, CiphertextBlob: sealed, EncryptionAlgorithm: sha256 }));
      expect(refusal).toMatchObject({ name: "InvalidCiphertextException", message: "UnknownError" });
    }
  });

  test("a symmetric ciphertext without a key id", async () => {
    const refusal = await refusalOf(decrypt({ CiphertextBlob: sealed }));
    expect(refusal).toMatchObject({ name: "InvalidCiphertextException", message: "UnknownError" });
  });
});

describe("Encrypt refuses", () => {
  const good = { KeyId, Plaintext: Buffer.from("x"), EncryptionAlgorithm: sha256 } as const;

  test.each<[string, EncryptCommandInput, string, string]>([
    ["nothing", { ...good, Plaintext: Buffer.of() }, "ValidationException", "greater than or equal to 1"],
    ["4097 bytes", { ...good, Plaintext: Buffer.alloc(4097) }, "ValidationException", "less than or equal to 4096"],
    ["a missing plaintext", { ...good, Plaintext: undefined }, "ValidationException", "Value null at 'plaintext'"],
    ["a missing key", { ...good, KeyId: undefined }, "ValidationException", "Value null at 'keyId'"],
    [
      "a missing algorithm",
      { ...good, EncryptionAlgorithm: undefined },
      "InvalidKeyUsageException",
      "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.",
    ],
    [
      "another kind's algorithm",
      { ...good, EncryptionAlgorithm: "SM2PKE" },
      "InvalidKeyUsageException",
      "Algorithm SM2PKE is incompatible with key spec RSA_2048.",
    ],
    [
      "an unknown algorithm",
      { ...good, EncryptionAlgorithm: "RSAES_PKCS1" as EncryptionAlgorithmSpec },
      "ValidationException",
      "[SYMMETRIC_DEFAULT, RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256, SM2PKE]",
    ],
    [
      "an encryption context",
      { ...good, EncryptionContext: { a: "b" } },
      "ValidationException",
      "EncryptionContext is not supported",
    ],
    ["in a dry run", { ...good, DryRun: true }, "DryRunOperationException", "The request would have succeeded"],
  ])("%s", async (_, input, name, message) => {
    expect(await refusalOf(encrypt(input))).toEqual({ name, message: expect.stringContaining(message), status: 400 });
  });
});

describe("Decrypt refuses", () => {
  const good = { KeyId, CiphertextBlob: sealElsewhere("x"), EncryptionAlgorithm: sha256 } as const;
  const attested = { Recipient: { KeyEncryptionAlgorithm: sha256 } } as const;

  test.each<[string, DecryptCommandInput, string, string]>([
    ["nothing", { ...good, CiphertextBlob: Buffer.of() }, "ValidationException", "greater than or equal to 1"],
    ["6145 bytes", { ...good, CiphertextBlob: Buffer.alloc(6145) }, "ValidationException", "or equal to 6144"],
    ["no ciphertext", { ...good, CiphertextBlob: undefined }, "ValidationException", "Value null at 'ciphertextBlob'"],
    ["a missing key", { ...good, KeyId: undefined }, "ValidationException", "Value null at 'keyId'"],
    ["no algorithm", { ...good, EncryptionAlgorithm: undefined }, "InvalidKeyUsageException", "SYMMETRIC_DEFAULT"],
    ["a context", { ...good, EncryptionContext: { a: "b" } }, "ValidationException", "EncryptionContext"],
    ["an enclave", { ...good, ...attested }, "UnsupportedOperationException", "Recipient is not supported."],
    ["in a dry run", { ...good, DryRun: true }, "DryRunOperationException", "The request would have succeeded"],
    [
      "a bad ciphertext even in a dry run",
      { ...good, CiphertextBlob: Buffer.alloc(256), DryRun: true },
      "InvalidCiphertextException",
      "UnknownError",
    ],
    [
      "in a dry run without ciphertext",
      { KeyId, EncryptionAlgorithm: sha256, DryRun: true, DryRunModifiers: ["IGNORE_CIPHERTEXT"] },
      "DryRunOperationException",
      "The request would have succeeded",
    ],
    [
      "to ignore the ciphertext in earnest",
      { KeyId, EncryptionAlgorithm: sha256, DryRunModifiers: ["IGNORE_CIPHERTEXT"] },
      "ValidationException",
      "Value null at 'ciphertextBlob'",
    ],
  ])("%s", async (_, input, name, message) => {
    expect(await refusalOf(decrypt(input))).toEqual({ name, message: expect.stringContaining(message), status: 400 });
  });

  test("a disabled key, whatever the ciphertext", async () => {
    await opened.client.send(new DisableKeyCommand({ KeyId }));
    for (const input of [good, { ...good, CiphertextBlob: Buffer.of(1) }]) {
      const refusal = await refusalOf(decrypt(input));
      expect(refusal).toEqual({ name: "DisabledException", message: `${keyArn} is disabled.`, status: 400 });
    }
    await opened.client.send(new EnableKeyCommand({ KeyId }));
  });

  test("but accepts an empty encryption context and grant tokens", async () => {
    const answer = await decrypt({ ...good, EncryptionContext: {}, GrantTokens: ["any"] });
    expect(Buffer.from(answer.Plaintext ?? "").toString()).toBe("x");
  });
});

describe("ReEncrypt", () => {
  const toLarger = {
    CiphertextBlob: sealElsewhere("x".repeat(190)),
    SourceKeyId: KeyId,
    SourceEncryptionAlgorithm: sha256,
    DestinationKeyId: keyIds.RSA_3072,
    DestinationEncryptionAlgorithm: sha256,
  } as const;

  test.each<[string, Partial<ReEncryptCommandInput>, KeySpec, EncryptionAlgorithmSpec]>([
    ["to another key", {}, "RSA_3072", sha256],
    ["to another algorithm", { DestinationEncryptionAlgorithm: sha1 }, "RSA_3072", sha1],
    ["under the same key", { DestinationKeyId: KeyId }, "RSA_2048", sha256],
  ])("moves a ciphertext %s", async (_, change, spec, algorithm) => {
    const answer = await reEncrypt({ ...toLarger, ...change });
    const destination = `arn:aws:kms:eu-central-1:111122223333:key/${keyIds[spec]}`;
    expect(answer).toMatchObject({
      SourceKeyId: keyArn,
      KeyId: destination,
      SourceEncryptionAlgorithm: sha256,
      DestinationEncryptionAlgorithm: algorithm,
    });
    const { CiphertextBlob } = answer;
    expect(CiphertextBlob).not.toEqual(new Uint8Array(toLarger.CiphertextBlob));
    const reopened = await decrypt({ KeyId: destination, CiphertextBlob, EncryptionAlgorithm: algorithm });
    expect(Buffer.from(reopened.Plaintext ?? "").toString()).toBe("x".repeat(190));
  });

  const { CiphertextBlob, SourceKeyId, ...withoutSource } = toLarger;
  test.each<[string, ReEncryptCommandInput, string, string]>([
    [
      "another algorithm's text",
      { ...toLarger, SourceEncryptionAlgorithm: sha1 },
      "InvalidCiphertextException",
      "UnknownError",
    ],
    ["another key's text", { ...toLarger, SourceKeyId: keyIds.RSA_4096 }, "InvalidCiphertextException", "UnknownError"],
    ["no source key", { ...withoutSource, CiphertextBlob }, "ValidationException", "Value null at 'sourceKeyId'"],
    [
      "no source at all",
      { CiphertextBlob, DestinationKeyId: KeyId, DestinationEncryptionAlgorithm: sha256 },
      "InvalidCiphertextException",
      "UnknownError",
    ],
    ["no ciphertext", { ...withoutSource, SourceKeyId }, "ValidationException", "Value null at 'ciphertextBlob'"],
    ["no destination", { ...toLarger, DestinationKeyId: undefined }, "ValidationException", "'destinationKeyId'"],
    [
      "no algorithm for it",
      { ...toLarger, DestinationEncryptionAlgorithm: undefined },
      "InvalidKeyUsageException",
      "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_3072.",
    ],
    [
      "an absent destination",
      { ...toLarger, DestinationKeyId: "alias/absent" },
      "NotFoundException",
      "alias/absent is not found.",
    ],
    ["a context", { ...toLarger, SourceEncryptionContext: { a: "b" } }, "ValidationException", "EncryptionContext"],
    ["in a dry run", { ...toLarger, DryRun: true }, "DryRunOperationException", "The request would have succeeded"],
    [
      "in a dry run without ciphertext",
      { ...withoutSource, SourceKeyId, DryRun: true, DryRunModifiers: ["IGNORE_CIPHERTEXT"] },
      "DryRunOperationException",
      "The request would have succeeded",
    ],
  ])("refuses %s", async (_, input, name, message) => {
    expect(await refusalOf(reEncrypt(input))).toEqual({ name, message: expect.stringContaining(message), status: 400 });
  });

  test("refuses a key that is too small for the plaintext", async () => {
    const Plaintext = Buffer.alloc(191);
    const larger = await encrypt({ KeyId: keyIds.RSA_3072, Plaintext, EncryptionAlgorithm: sha256 });
    const refusal = await refusalOf(
      reEncrypt({
        CiphertextBlob: larger.CiphertextBlob,
        SourceKeyId: keyIds.RSA_3072,
        SourceEncryptionAlgorithm: sha256,
        DestinationKeyId: KeyId,
        DestinationEncryptionAlgorithm: sha256,
      }),
    );
    expect(refusal).toMatchObject({ message: expect.stringContaining("cannot encrypt data larger than 190 bytes") });
  });
});

test("no refusal or observation holds a plaintext or a private key", async () => {
  const canary = "canary-4929-1234";
  const Plaintext = Buffer.from(canary);
  const CiphertextBlob = sealElsewhere(canary);
  observed.length = 0;
  const good = { KeyId, Plaintext, EncryptionAlgorithm: sha256 } as const;
  const refusals = await Promise.all(
    [
      encrypt({ ...good, DryRun: true }),
      encrypt({ ...good, Plaintext: Buffer.from(canary.repeat(20)) }),
      encrypt({ ...good, Plaintext: Buffer.from(canary.repeat(300)) }),
      encrypt({ ...good, EncryptionAlgorithm: undefined }),
      decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm: sha1 }),
      decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm: sha256, DryRun: true }),
      decrypt({ KeyId, CiphertextBlob: Buffer.from(canary), EncryptionAlgorithm: sha256 }),
    ].map(refusalOf),
  );
  await decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm: sha256 });
  const told = JSON.stringify([refusals, observed]);
  expect(observed).toHaveLength(8);
  for (const secret of [canary, Plaintext.toString("base64").slice(0, 16), "PRIVATE KEY"]) {
    expect(told).not.toContain(secret);
  }
});
