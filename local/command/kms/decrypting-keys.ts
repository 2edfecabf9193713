/** The keys with which `restore` opens tokens: private keys in files, the keys of a data folder, or AWS KMS. */
import { createPrivateKey, type KeyObject, privateDecrypt } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Decrypt } from "../../../core/decrypt/open-tokens.ts";
import type { Reader } from "../../../core/decrypt/reader/reader.ts";
import { FieldsealError } from "../../../core/errors.ts";
import { regionOf } from "../../../core/token/key-arn.ts";
import { createDecrypting } from "../../../decryptor/kms.ts";
import { resolveArgument } from "../files/argument-path.ts";
import { type CreateKmsClient, connectKms, type KmsConnection } from "./client.ts";
import { workPatiently } from "./patient-calls.ts";

/** Keys that open tokens, until they are closed. */
export interface DecryptingKeys {
  readonly decrypt: Decrypt;
  readonly close: () => Promise<void>;
}

/** The options that say which keys open tokens. Without either, AWS KMS does. */
export interface KeyOptions {
  /** The data folder of `npm start`. */
  readonly data?: string | undefined;
  /** Files of private keys in PEM: each `ID=FILE`, or `FILE` if there is only one recipient. */
  readonly key?: readonly string[] | undefined;
}

/** The default settings of a decryptor. */
const kmsSettings = { callsPerSecond: 1_000, cachedKeys: 1_000, cacheSeconds: 300 };

/**
 * The keys that the options name. Throws a TypeError for options that contradict each other or name no recipient of the
 * reader, `recipient_invalid` for a file without a key, and `request_invalid` for a folder without keys.
 */
export async function openDecryptingKeys({ data, key }: KeyOptions, reader: Reader): Promise<DecryptingKeys> {
  if (key !== undefined) {
    if (data !== undefined) throw new TypeError("Use either --data or --key, not both.");
    return { decrypt: decryptWithFiles(readKeys(key, reader)), close: () => Promise.resolve() };
  }
  return decryptWithKms(await connectKms(data));
}

/** Private keys by the ARN of their KMS key. */
function readKeys(options: readonly string[], { recipients }: Reader): ReadonlyMap<string, KeyObject> {
  return new Map(
    options.map((option) => {
      const [, id, file = option] = /^([^=]+)=(.+)$/s.exec(option) ?? [];
      const recipient =
        id === undefined && recipients.length === 1 ? recipients[0] : recipients.find((each) => each.id === id);
      if (recipient === undefined) throw new TypeError("--key must have the form ID=FILE, with the id of a recipient.");
      return [recipient.keyArn, readPrivateKey(file)] as const;
    }),
  );
}

function readPrivateKey(file: string): KeyObject {
  try {
    const key = createPrivateKey(readFileSync(resolveArgument(file), "utf8"));
    if (key.asymmetricKeyType === "rsa") return key;
  } catch {
    // The library's message could quote the file.
  }
  throw new FieldsealError("recipient_invalid", {
    reason: `${file} must hold an RSA private key in PEM, without a passphrase.`,
  });
}

function decryptWithFiles(keys: ReadonlyMap<string, KeyObject>): Decrypt {
  return (requests) =>
    Promise.resolve(
      requests.map(({ keyArn, ciphertext }) => {
        const key = keys.get(keyArn);
        if (key === undefined) return new FieldsealError("kms_key_unusable");
        try {
          return privateDecrypt({ key, oaepHash: "sha256" }, ciphertext);
        } catch {
          return new FieldsealError("token_invalid");
        }
      }),
    );
}

/** One client for each Region. All chunks share it, and its limit on calls; `createDecrypting` retries. */
function decryptWithKms({ createClient, close }: KmsConnection): DecryptingKeys {
  const clients: ReturnType<CreateKmsClient>[] = [];
  const services = new Map<string, ReturnType<typeof createDecrypting>>();
  const serviceFor = (keyArn: string): ReturnType<typeof createDecrypting> => {
    const region = regionOf(keyArn);
    const known = services.get(region);
    if (known !== undefined) return known;
    const client = createClient(region);
    const service = createDecrypting(client, kmsSettings);
    clients.push(client);
    services.set(region, service);
    return service;
  };
  return {
    decrypt: async (requests) => {
      const results: (Uint8Array | FieldsealError)[] = [];
      const byService = Map.groupBy(requests.keys(), (index) => serviceFor(requests[index]?.keyArn ?? ""));
      for (const [service, indices] of byService) {
        const own = await workPatiently(
          indices.flatMap((index) => requests[index] ?? []),
          kmsSettings.callsPerSecond,
          (part, remainingMs) => service(remainingMs).decrypt(part),
        );
        indices.forEach((index, at) => (results[index] = own[at] ?? new FieldsealError("internal_error")));
      }
      return results;
    },
    close: () => {
      for (const client of clients) client.destroy();
      return close();
    },
  };
}
