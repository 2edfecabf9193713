/** A local KMS for one test file, with the real SDK in front of it. */

import { KMSClient, KMSServiceException } from "@aws-sdk/client-kms";
import { type KmsOptions, type LocalKms, startKms } from "../../local/kms/server.ts";

/** A KMS and a client of it, to be closed together. */
export interface KmsWithClient {
  readonly kms: LocalKms;
  readonly client: KMSClient;
  close(): Promise<void>;
}

/** Starts a KMS, in memory unless told otherwise, and a client that never tries again. */
export async function openKms(options: Partial<KmsOptions> = {}): Promise<KmsWithClient> {
  const kms = await startKms({ port: 0, databaseFile: ":memory:", ...options });
  const client = clientOf(kms, "eu-central-1");
  const close = async () => {
    client.destroy();
    await kms.close();
  };
  return { kms, client, close };
}

export function clientOf({ url }: LocalKms, region: string): KMSClient {
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "not a secret" };
  return new KMSClient({ endpoint: url, region, credentials, maxAttempts: 1 });
}

/** How the SDK reports a refusal: `UnknownError` is its word for a message that is not there. */
export async function refusalOf(call: Promise<unknown>): Promise<{ name: string; message: string; status: unknown }> {
  const error: unknown = await call.then(
    () => new Error("the call was not refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof KMSServiceException)) throw error;
  return { name: error.name, message: error.message, status: error.$metadata.httpStatusCode };
}
