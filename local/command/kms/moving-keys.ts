/** The keys between which `rewrap` moves RSA ciphertexts: in AWS KMS, or in a data folder. */
import { DescribeKeyCommand, type KMSClient } from "@aws-sdk/client-kms";
import type { ReadableRecipient } from "../../../core/decrypt/reader/reader.ts";
import { type MoveCiphertexts, rememberMoves } from "../../../core/decrypt/rewrap-text.ts";
import { FieldsealError } from "../../../core/errors.ts";
import { regionOf } from "../../../core/token/key-arn.ts";
import { createDecrypting } from "../../../decryptor/kms.ts";
import { connectKms } from "./client.ts";
import { workPatiently } from "./patient-calls.ts";

/** Keys between which ciphertexts move, until they are closed. */
export interface MovingKeys {
  readonly move: MoveCiphertexts;
  /** Bytes of the new key's modulus. */
  readonly modulusBytes: number;
  /** The number of calls to KMS so far. */
  readonly countCalls: () => number;
  readonly close: () => Promise<void>;
}

/** How to reach KMS, and how fast to call it. */
export interface MovingOptions {
  /** The data folder of `npm start`; `undefined` for AWS KMS. */
  readonly data: string | undefined;
  /** The most calls in a second, a share of the account's quota. */
  readonly callsPerSecond: number;
  /** Bytes of the new key's modulus; `undefined` to ask KMS for it. */
  readonly modulusBytes: number | undefined;
}

const bytesBySpec: ReadonlyMap<string, number> = new Map([
  ["RSA_2048", 256],
  ["RSA_3072", 384],
  ["RSA_4096", 512],
]);

/** Wrapped keys to remember. Many tokens share one, and are mostly near each other. */
const mostRemembered = 10_000;

/**
 * Opens KMS in the Region of both keys. Throws `request_invalid` if the keys are in two Regions, since KMS cannot move
 * ciphertexts between them, or if the folder has no keys; `kms_denied` or `kms_key_unusable` if DescribeKey fails for
 * the new key.
 */
export async function openMovingKeys(
  from: ReadableRecipient,
  to: ReadableRecipient,
  { data, callsPerSecond, modulusBytes }: MovingOptions,
): Promise<MovingKeys> {
  const region = regionOf(from.keyArn);
  if (regionOf(to.keyArn) !== region)
    throw new FieldsealError("request_invalid", {
      reason: "Both keys must be in one Region: KMS does not move ciphertexts between Regions.",
    });
  const kms = await connectKms(data);
  const client = kms.createClient(region);
  const close = async (): Promise<void> => {
    client.destroy();
    await kms.close();
  };
  try {
    const byteCount = modulusBytes ?? (await measureKey(client, to.keyArn));
    const service = createDecrypting(client, { callsPerSecond, cachedKeys: 0, cacheSeconds: 0 });
    let calls = 0;
    const move: MoveCiphertexts = (ciphertexts) =>
      workPatiently(ciphertexts, callsPerSecond, async (part, remainingMs) => {
        const { reencrypt, usage } = service(remainingMs);
        const moved = await reencrypt(
          part.map((ciphertext) => ({ fromKeyArn: from.keyArn, toKeyArn: to.keyArn, ciphertext })),
        );
        calls += usage.calls;
        return moved;
      });
    return { move: rememberMoves(move, mostRemembered), modulusBytes: byteCount, countCalls: () => calls, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function measureKey(client: KMSClient, keyArn: string): Promise<number> {
  let spec: string | undefined;
  try {
    spec = (await client.send(new DescribeKeyCommand({ KeyId: keyArn }))).KeyMetadata?.KeySpec;
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    throw new FieldsealError(name === "AccessDeniedException" ? "kms_denied" : "kms_key_unusable", {
      reason: `KMS answered ${name || "an unknown error"} to DescribeKey of ${keyArn}.`,
    });
  }
  const byteCount = bytesBySpec.get(spec ?? "");
  if (byteCount === undefined)
    throw new FieldsealError("kms_key_unusable", { reason: `${keyArn} must be an RSA key.` });
  return byteCount;
}
