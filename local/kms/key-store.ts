/** Stores keys in SQLite, and parses each key pair once. */

import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { numberColumn, type Row, textColumn } from "./database.ts";
import { type HmacSpec, hmacSpecs } from "./hmac.ts";
import type { Page } from "./pages.ts";
import { type KeySpec, keySpecs } from "./rsa-oaep.ts";

/** A key state in KMS's spelling. */
export type KeyState = "Enabled" | "Disabled" | "PendingDeletion" | "PendingImport";
/** The origin of a key's material, in KMS's spelling. */
export type KeyOrigin = "AWS_KMS" | "EXTERNAL";

const keyStates: readonly KeyState[] = ["Enabled", "Disabled", "PendingDeletion", "PendingImport"];
/** The origins. */
export const keyOrigins: readonly KeyOrigin[] = ["AWS_KMS", "EXTERNAL"];

/** The facts about a key, without the key itself. Times are in milliseconds since 1970. */
export interface KeyRecord {
  readonly region: string;
  readonly keyId: string;
  readonly spec: KeySpec | HmacSpec;
  readonly description: string;
  readonly state: KeyState;
  readonly origin: KeyOrigin;
  readonly createdAt: number;
  /** Set exactly while the state is PendingDeletion. */
  readonly deletionAt: number | undefined;
  /** The digest of the material that was imported first. Only the same material may be imported again. */
  readonly materialDigest: string | undefined;
}

/** The two halves of an RSA key. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** The keys of all Regions. */
export interface KeyStore {
  /** Adds a key; one of external origin may lack its material. Throws if the Region has a key with this id. */
  insertKey(record: KeyRecord, key: KeyObject | undefined): void;
  writeMaterial(record: KeyRecord, key: KeyObject, digest: string): void;
  deleteMaterial(record: KeyRecord): void;
  hasMaterial(record: KeyRecord): boolean;
  findKey(region: string, keyId: string): KeyRecord | undefined;
  /** The secret of an existing HMAC key. */
  findSecret(record: KeyRecord): KeyObject;
  /** The key pair of an existing RSA key. */
  findKeyPair(record: KeyRecord): KeyPair;
  /** Keys in the order of their ids. */
  listKeys(region: string, page: Page): readonly KeyRecord[];
  writeState(record: KeyRecord, state: KeyState, deletionAt?: number): void;
  /** Deletes the keys whose deletion is due, with their aliases. */
  deleteDueKeys(now: number): void;
}

/** The keys of an open database. */
export function keyStoreOf(database: DatabaseSync): KeyStore {
  const insert = database.prepare("INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const select = database.prepare("SELECT * FROM keys WHERE region = ? AND key_id = ?");
  const selectAfter = database.prepare("SELECT * FROM keys WHERE region = ? AND key_id > ? ORDER BY key_id LIMIT ?");
  const update = database.prepare("UPDATE keys SET key_state = ?, deletion_at = ? WHERE region = ? AND key_id = ?");
  const updateMaterial = database.prepare(
    "UPDATE keys SET private_key = ?, material_digest = ? WHERE region = ? AND key_id = ?",
  );
  const selectDue = database.prepare("SELECT 1 FROM keys WHERE deletion_at <= ? LIMIT 1");
  const deleteDue = database.prepare("DELETE FROM keys WHERE deletion_at <= ?");
  const pairs = new Map<string, KeyPair>();
  return {
    insertKey(record, key) {
      const { region, keyId, spec, description, state, createdAt, origin } = record;
      const secret = key === undefined ? "" : formatKey(key);
      const [deletionAt, digest] = [record.deletionAt ?? null, record.materialDigest ?? null];
      insert.run(region, keyId, spec, description, state, createdAt, deletionAt, secret, origin, digest);
    },
    writeMaterial({ region, keyId }, key, digest) {
      updateMaterial.run(formatKey(key), digest, region, keyId);
    },
    deleteMaterial({ region, keyId, materialDigest = null }) {
      updateMaterial.run("", materialDigest, region, keyId);
      pairs.clear();
    },
    hasMaterial: ({ region, keyId }) => textColumn(select.get(region, keyId) ?? {}, "private_key") !== "",
    findKey(region, keyId) {
      const row = select.get(region, keyId);
      return row && parseRow(row);
    },
    findSecret({ region, keyId }) {
      return createSecretKey(textColumn(select.get(region, keyId) ?? {}, "private_key"), "base64");
    },
    findKeyPair({ region, keyId, createdAt }) {
      // The name has the time, since an imported key may get the id of a deleted one.
      const name = `${region}/${keyId}/${createdAt}`;
      const pair = pairs.get(name) ?? parsePair(select.get(region, keyId) ?? {});
      pairs.set(name, pair);
      return pair;
    },
    listKeys: (region, { after, limit }) => selectAfter.all(region, after, limit).map(parseRow),
    writeState({ region, keyId }, state, deletionAt) {
      update.run(state, deletionAt ?? null, region, keyId);
    },
    deleteDueKeys(now) {
      // A DELETE locks the file even if it deletes nothing, so this looks first.
      if (selectDue.get(now) === undefined) return;
      deleteDue.run(now);
      pairs.clear();
    },
  };
}

function formatKey(key: KeyObject): string {
  return key.type === "secret"
    ? key.export().toString("base64")
    : key.export({ type: "pkcs8", format: "pem" }).toString();
}

function parsePair(row: Row): KeyPair {
  const privateKey = createPrivateKey(textColumn(row, "private_key"));
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

function parseRow(row: Row): KeyRecord {
  return {
    region: textColumn(row, "region"),
    keyId: textColumn(row, "key_id"),
    spec: wordColumn<KeySpec | HmacSpec>(row, "key_spec", [...keySpecs, ...hmacSpecs]),
    description: textColumn(row, "description"),
    state: wordColumn(row, "key_state", keyStates),
    origin: wordColumn(row, "origin", keyOrigins),
    materialDigest: row["material_digest"] === null ? undefined : textColumn(row, "material_digest"),
    createdAt: numberColumn(row, "created_at"),
    deletionAt: row["deletion_at"] === null ? undefined : numberColumn(row, "deletion_at"),
  };
}

function wordColumn<T extends string>(row: Row, column: string, words: readonly T[]): T {
  const word = words.find((candidate) => candidate === row[column]);
  if (word === undefined) throw new TypeError(`The column ${column} holds an unknown word.`);
  return word;
}
