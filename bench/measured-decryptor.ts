/** The decryptor to measure, with a KMS in another process. */
import { KMSClient } from "@aws-sdk/client-kms";
import { parseReader } from "../core/decrypt/reader/reader.ts";
import { createHandler } from "../decryptor/handler.ts";
import type { KmsProcess } from "./kms-process.ts";

const silent = (): void => undefined;

/** The identity of the only recipient. */
export function identityOf({ keyArn }: Pick<KmsProcess, "keyArn">) {
  return { id: "01", keyArn, prefix: "#01#", suffix: "#10#" };
}

/** A decryptor that logs nothing and caches no key, its reader, and its KMS client. */
export function openMeasuredDecryptor({ url, keyArn }: KmsProcess) {
  const reader = parseReader({
    reader: "bench",
    recipients: [identityOf({ keyArn })],
    open: ["01"],
    kms: { callsPerSecond: 100_000, cacheSeconds: 0 },
    destination: { bucket: "destination", kmsKeyArn: keyArn },
  });
  const client = new KMSClient({
    endpoint: url,
    region: "eu-central-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });
  return { decryptor: createHandler(reader, client, silent), reader, client, close: () => client.destroy() };
}
