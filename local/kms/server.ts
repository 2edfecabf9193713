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

/** What the KMS is started with. */
export interface KmsOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** 127.0.0.1 by default. The KMS checks no signature: everybody who reaches the port may use every key. */
  readonly host?: string;
  /** An SQLite file, which is made where it is missing, or ":memory:". It holds private keys. */
  readonly databaseFile: string;
  /** The account in all ARNs, 111122223333 by default. */
  readonly accountId?: string;
  /** The Region of calls whose signature names none, eu-central-1 by default. Each Region has its own keys. */
  readonly region?: string;
  /** The time in milliseconds since 1970. */
  readonly clock?: () => number;
  /** Refuses calls whose date is further from the server's time, as AWS refuses such signatures. By default none. */
  readonly longestSkewMs?: number;
  /** Called with the end of each call in this protocol, before its answer goes out. */
  readonly observe?: (call: ObservedCall) => void;
  /** Asked before each call is answered: the one way to slow calls down and to make them fail. */
  readonly intercept?: Intercept;
}

/** A key that was made elsewhere. */
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
  /** What `AWS_ENDPOINT_URL_KMS` has to be. */
  readonly url: string;
  /** Adds a key and gives its ARN. Throws an Error when the id is taken or malformed, or the key unfit. */
  importKey(key: ImportedKey): string;
  /** Breaks off all calls and frees the port and the file. May be called again. */
  close(): Promise<void>;
}

/** Starts a KMS. Rejects with an Error that names the port when it is taken, or the file when it is none of a KMS. */
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
  if (!isKeyId(keyId)) throw new Error("a key id is a UUID in lower case");
  const { spec, privateKey } = parsePrivateKey(privateKeyPem);
  const arn = formatKeyArn(scope, keyId);
  store.deleteDueKeys(now);
  if (store.findKey(region, keyId) !== undefined) throw new Error(`${arn} exists already`);
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
