/**
 * In which Region readers use keys, and the replica of a multi-Region key, which has the same material under an ARN of
 * its own.
 */
import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "@jest/globals";
import { parseReader } from "../../core/decrypt/reader/reader.ts";
import { createRecipient } from "../../core/token/recipient.ts";
import { createHandler } from "../../decryptor/handler.ts";
import { keyRegionOf } from "../../decryptor/key-region.ts";
import { startKms } from "../../local/kms/server.ts";
import { makeDirect, makeSealed } from "../support/decryptor.ts";
import { clientOf } from "../support/local-kms.ts";

const arnIn = (region: string, id: string): string => `arn:aws:kms:${region}:111122223333:key/${id}`;
const readerOf = (keyArns: readonly string[], open: readonly string[], settings: object = {}) =>
  parseReader({
    reader: "r",
    recipients: keyArns.map((keyArn, index) => ({
      id: `${index}`,
      prefix: `#${index}a#`,
      suffix: `~${index}a~`,
      keyArn,
    })),
    open,
    ...settings,
  });

test.each([
  {
    says: "its keys' own",
    keyArns: [arnIn("eu-west-1", "1"), arnIn("eu-west-1", "2")],
    open: ["0", "1"],
    region: "eu-west-1",
  },
  {
    says: "of those that it opens",
    keyArns: [arnIn("eu-west-1", "1"), arnIn("us-west-2", "2")],
    open: ["1"],
    region: "us-west-2",
  },
  { says: "none", keyArns: [arnIn("eu-west-1", "1")], open: [], region: undefined },
])("$says", ({ keyArns, open, region }) => {
  expect(keyRegionOf(readerOf(keyArns, open))).toBe(region);
});

test.each([
  { keyArns: [arnIn("eu-west-1", "1"), arnIn("us-west-2", "2")], open: ["0", "1"], settings: {} },
  { keyArns: [arnIn("eu-west-1", "1")], open: ["0"], settings: { pseudonymKeyArn: arnIn("us-west-2", "3") } },
])("keys in two Regions are refused", ({ keyArns, open, settings }) => {
  expect(() => keyRegionOf(readerOf(keyArns, open, settings))).toThrow(
    expect.objectContaining({ code: "reader_invalid", message: expect.stringMatching(/eu-west-1 and us-west-2/) }),
  );
});

test("a reader in a replica's Region opens what was sealed under the primary key", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const privateKeyPem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const kms = await startKms({ port: 0, databaseFile: ":memory:" });
  const keyId = "00000000-0000-4000-8000-000000000001";
  const [primaryArn, replicaArn] = ["eu-central-1", "ap-northeast-1"].map((region) =>
    kms.importKey({ keyId, privateKeyPem, region }),
  );
  const client = clientOf(kms, "ap-northeast-1");
  try {
    const markers = { id: "01", prefix: "#01#", suffix: "#10#" };
    const recipient = createRecipient(
      { ...markers, keyArn: String(primaryArn) },
      publicKey.export({ type: "spki", format: "pem" }).toString(),
    );
    const reader = parseReader({ reader: "tokyo", recipients: [{ ...markers, keyArn: replicaArn }], open: ["01"] });
    const handler = createHandler(reader, client, () => undefined);
    const body = `["${makeDirect(recipient, "a")}","${makeSealed(recipient, "1.0")}"]`;
    expect(await handler({ body, contentType: "application/json" })).toMatchObject({ body: '["a",1.0]', opened: 2 });
  } finally {
    client.destroy();
    await kms.close();
  }
});
