/** The local KMS: an HTTP server that speaks KMS's own protocol, AWS JSON 1.1, so that SDKs and the AWS CLI use it. */

import { createServer } from "node:http";
import { listen } from "../listen.ts";
import { aliasStoreOf } from "./alias-store.ts";
import { type ObservedCall, responderOf } from "./call.ts";
import { openDatabase } from "./database.ts";
import type { Intercept } from "./faults.ts";
import { formatKeyArn, isKeyId, type Scope } from "./identifiers.ts";
import { type KeyStore, keyStoreOf } from "./key-store.ts";
import { digestMaterial, parsePrivateKey } from "./rsa-oaep.ts";

/** The settings of a KMS. */
export interface KmsOptions {
  /** 0 for any free port. */
  readonly port: number;
  /** Default: 127.0.0.1. The KMS checks no signature, so everybody who reaches the port can use every key. */
  readonly host?: string;
  /** An SQLite file, created if it does not exist, or ":memory:". It holds private keys. */
  readonly databaseFile: string;
  /** The account in all ARNs; default: 111122223333. */
  readonly accountId?: string;
  /** The Region of calls whose signature names none; default: eu-central-1. Each Region has its own keys. */
  readonly region?: string;
  /** The time in milliseconds since 1970. */
  readonly clock?: () => number;
  /** Refuses calls whose date differs more from the server's time, as AWS does. Default: no limit. */
  readonly longestSkewMs?: number;
  /** Called with the outcome of each call, before its answer is sent. */
  readonly observe?: (call: ObservedCall) => void;
  /** Called before each answer. Gives the fault to inject. */
  readonly intercept?: Intercept;
}

/** A key to import. */
export interface ImportedKey {
  /** A UUID in lower case. */
  readonly keyId: string;
  /** RSA of 2048, 3072 or 4096 bits, unencrypted, PKCS#8 or PKCS#1. */
  readonly privateKeyPem: string;
  readonly region?: string;
  readonly description?: string;
}

/** The running KMS. */
export interface LocalKms {
  /** The value for `AWS_ENDPOINT_URL_KMS`. */
  readonly url: string;
  /** Adds a key and gives its ARN. Throws an Error if the id is in use or malformed, or if the key is not valid. */
  importKey(key: ImportedKey): string;
  /** Ends all calls, and frees the port and the file. It may be called again. */
  close(): Promise<void>;
}

/** Starts a KMS. Rejects with an Error that names the port if it is in use, or the file if it is not a KMS database. */
export async function startKms(options: KmsOptions): Promise<LocalKms> {
  const {
    accountId = "111122223333",
    region = "eu-central-1",
    clock = Date.now,
    longestSkewMs = Number.POSITIVE_INFINITY,
    observe,
    intercept,
  } = options;
  const database = openDatabase(options.databaseFile);
  const store = { ...keyStoreOf(database), ...aliasStoreOf(database) };
  const closing = new AbortController();
  const respond = responderOf({
    accountId,
    region,
    clock,
    longestSkewMs,
    observe,
    intercept,
    store,
    closing: closing.signal,
  });
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => void respond(request, response));
  const { host, port } = options;
  const listening = await listen(server, { part: "KMS", host, port }).catch((error: unknown) => {
    database.close();
    throw error;
  });
  return {
    url: listening.url,
    importKey: (key) => importKey(key, store, { accountId, region: key.region ?? region }, clock()),
    async close() {
      closing.abort();
      await listening.close();
      if (database.isOpen) database.close();
    },
  };
}

function importKey(key: ImportedKey, store: KeyStore, scope: Scope, now: number): string {
  const { keyId, privateKeyPem, description = "" } = key;
  const { region } = scope;
  if (!isKeyId(keyId)) throw new Error("A key id must be a UUID in lower case.");
  const { spec, privateKey } = parsePrivateKey(privateKeyPem);
  const arn = formatKeyArn(scope, keyId);
  store.deleteDueKeys(now);
  if (store.findKey(region, keyId) !== undefined) throw new Error(`${arn} already exists.`);
  const record = {
    region,
    keyId,
    spec,
    description,
    state: "Enabled",
    origin: "EXTERNAL",
    createdAt: now,
    deletionAt: undefined,
    materialDigest: digestMaterial(privateKey),
  } as const;
  store.insertKey(record, privateKey);
  return arn;
}
