/** What moves RSA ciphertexts from one key to another for the command `rewrap`: AWS KMS, or the keys of the local system. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DescribeKeyCommand, KMSClient, type KMSClientConfig } from "@aws-sdk/client-kms";
import { FieldsealError } from "../../core/errors.ts";
import { regionOf } from "../../core/key-arn.ts";
import type { ReadableRecipient } from "../../core/reader.ts";
import type { MoveCiphertexts } from "../../core/rewrapping.ts";
import { createDecrypting } from "../../decryptor/kms.ts";
import { startKms } from "../kms/server.ts";
import { resolveArgument } from "./paths.ts";

export interface MovingKeys {
  readonly move: MoveCiphertexts;
  /** Octets of the new key's modulus. */
  readonly modulusOctets: number;
  readonly countCalls: () => number;
  readonly close: () => Promise<void>;
}

const modulusOctets: ReadonlyMap<string, number> = new Map([["RSA_2048", 256], ["RSA_3072", 384], ["RSA_4096", 512]]);

/** How long KMS may go on throttling one piece of a document. */
const patienceMs = 300_000;

/** The same wrapped key stands in many tokens: so many are moved once only. */
const mostRemembered = 100_000;

/**
 * Opens KMS, in the Region of both keys, or the one of a data folder. `callsPerSecond` is this command's share of the quota.
 * Throws `request_invalid` where the keys are in two Regions, between which KMS moves nothing, and what KMS answers.
 */
export async function openMovingKeys(
  from: ReadableRecipient,
  to: ReadableRecipient,
  { data, callsPerSecond }: { readonly data: string | undefined; readonly callsPerSecond: number },
): Promise<MovingKeys> {
  const region = regionOf(from.keyArn);
  if (regionOf(to.keyArn) !== region) throw new FieldsealError("request_invalid", { reason: "The keys are in two Regions; KMS moves ciphertexts within one." });
  const local = data === undefined ? undefined : await startLocal(data);
  const config: KMSClientConfig = local === undefined ? { region } : { region, endpoint: local.url, credentials: { accessKeyId: "local", secretAccessKey: "local" } };
  const client = new KMSClient({ ...config, maxAttempts: 1 });
  const close = async (): Promise<void> => {
    client.destroy();
    await local?.close();
  };
  try {
    const octets = await measureKey(client, to.keyArn);
    const known = new Map<string, Uint8Array>();
    const service = createDecrypting(client, { callsPerSecond, cachedKeys: 0, cacheSeconds: 0 });
    let calls = 0;
    const move: MoveCiphertexts = async (ciphertexts) => {
      const names = ciphertexts.map((ciphertext) => ciphertext.toString("base64"));
      const missing = ciphertexts.filter((_, index) => !known.has(names[index] ?? ""));
      const started = Date.now();
      const { reencrypt, usage } = service(() => started + patienceMs - Date.now());
      const moved = await reencrypt(missing.map((ciphertext) => ({ fromKeyArn: from.keyArn, toKeyArn: to.keyArn, ciphertext })));
      calls += usage.calls;
      let next = 0;
      return names.map((name) => {
        const found = known.get(name);
        if (found !== undefined) return found;
        const result = moved[next++] ?? new FieldsealError("internal_error");
        if (!(result instanceof FieldsealError) && known.size < mostRemembered) known.set(name, result);
        return result;
      });
    };
    return { move, modulusOctets: octets, countCalls: () => calls, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startLocal(data: string): ReturnType<typeof startKms> {
  const databaseFile = join(resolveArgument(data), "kms.sqlite");
  // It would be made anew, without any key.
  if (!existsSync(databaseFile)) throw new FieldsealError("request_invalid", { reason: `${data} is no data folder of npm start.` });
  return await startKms({ port: 0, databaseFile });
}

async function measureKey(client: KMSClient, keyArn: string): Promise<number> {
  let spec: string | undefined;
  try {
    spec = (await client.send(new DescribeKeyCommand({ KeyId: keyArn }))).KeyMetadata?.KeySpec;
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    throw new FieldsealError(name === "AccessDeniedException" ? "kms_denied" : "kms_key_unusable", { reason: `kms:DescribeKey of ${keyArn}: ${name}` });
  }
  const octets = modulusOctets.get(spec ?? "");
  if (octets === undefined) throw new FieldsealError("kms_key_unusable", { reason: `${keyArn} is no RSA key.` });
  return octets;
}
