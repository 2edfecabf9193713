/** What opens tokens: private keys in files, the keys of the local system, or AWS KMS. */
import { createPrivateKey, type KeyObject, privateDecrypt } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Decrypt } from "../../core/decrypt/open-tokens.ts";
import type { Reader } from "../../core/decrypt/reader/reader.ts";
import { FieldsealError } from "../../core/errors.ts";
import { regionOf } from "../../core/token/key-arn.ts";
import { createDecrypting } from "../../decryptor/kms.ts";
import { type CreateKmsClient, connectKms, type KmsConnection } from "./kms-client.ts";
import { resolveArgument } from "./paths.ts";
import { workPatiently } from "./patient-calls.ts";

export interface Keys {
  readonly decrypt: Decrypt;
  readonly close: () => Promise<void>;
}

export interface KeyOptions {
  readonly data?: string | undefined;
  readonly key?: readonly string[] | undefined;
}

/** As a decryptor's own, unless it is told otherwise. */
const kmsSettings = { callsPerSecond: 1_000, cachedKeys: 1_000, cacheSeconds: 300 };

/** Throws a TypeError for options that do not fit the reader, and `recipient_invalid` for a file that holds no key. */
export async function openKeys({ data, key }: KeyOptions, reader: Reader): Promise<Keys> {
  if (key !== undefined) {
    if (data !== undefined) throw new TypeError("Only one of --data and --key can be.");
    return { decrypt: decryptWithFiles(readKeys(key, reader)), close: () => Promise.resolve() };
  }
  return openKms(await connectKms(data));
}

/** Private keys by the ARNs of the keys that they stand for. */
function readKeys(options: readonly string[], { recipients }: Reader): ReadonlyMap<string, KeyObject> {
  return new Map(
    options.map((option) => {
      const [, id, file = option] = /^([^=]+)=(.+)$/s.exec(option) ?? [];
      const recipient =
        id === undefined && recipients.length === 1 ? recipients[0] : recipients.find((each) => each.id === id);
      if (recipient === undefined) throw new TypeError("--key is written ID=FILE, with the id of a recipient.");
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
    reason: `${file} holds no RSA private key in PEM without a passphrase.`,
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

/** For each Region that keys are in a client, which all chunks share, and so one pace: retries are made by the port. */
function openKms({ createClient, close }: KmsConnection): Keys {
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
      for (const [service, indices] of groupBy(requests.map(({ keyArn }) => serviceFor(keyArn)))) {
        const own = await workPatiently(
          requests.filter((_, index) => indices.has(index)),
          kmsSettings.callsPerSecond,
          (part, remainingMs) => service(remainingMs).decrypt(part),
        );
        [...indices].forEach((index, at) => (results[index] = own[at] ?? new FieldsealError("internal_error")));
      }
      return results;
    },
    close: () => {
      for (const client of clients) client.destroy();
      return close();
    },
  };
}

/** The places of each thing in a list. */
function groupBy<T>(items: readonly T[]): ReadonlyMap<T, ReadonlySet<number>> {
  const groups = new Map<T, Set<number>>();
  items.forEach((item, index) => groups.set(item, (groups.get(item) ?? new Set()).add(index)));
  return groups;
}
