/** The SQLite file that stores keys and aliases. */

import { closeSync, openSync } from "node:fs";
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";

/** A row as SQLite gives it. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

const schemaVersion = 2;
const schema = `
  CREATE TABLE keys (
    region TEXT NOT NULL,
    key_id TEXT NOT NULL,
    key_spec TEXT NOT NULL,
    description TEXT NOT NULL,
    key_state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    deletion_at INTEGER,
    private_key TEXT NOT NULL,
    origin TEXT NOT NULL,
    material_digest TEXT,
    PRIMARY KEY (region, key_id)
  ) STRICT;
  CREATE INDEX keys_by_deletion ON keys (deletion_at) WHERE deletion_at IS NOT NULL;
  CREATE TABLE aliases (
    region TEXT NOT NULL,
    alias_name TEXT NOT NULL,
    key_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (region, alias_name),
    FOREIGN KEY (region, key_id) REFERENCES keys (region, key_id) ON DELETE CASCADE
  ) STRICT;
  PRAGMA user_version = ${schemaVersion};
`;
/** The changes to the tables, by the version before each. */
const upgrades: ReadonlyMap<number, string> = new Map([
  [
    1,
    `ALTER TABLE keys ADD COLUMN origin TEXT NOT NULL DEFAULT 'AWS_KMS';
     ALTER TABLE keys ADD COLUMN material_digest TEXT;
     PRAGMA user_version = 2;`,
  ],
]);

/**
 * Opens the file, or a database in memory for ":memory:". Only the owner can read a new file, since it holds private
 * keys. Throws an Error if the file is not a database of this KMS or cannot be opened.
 */
export function openDatabase(file: string): DatabaseSync {
  if (file !== ":memory:") closeSync(openSync(file, "a", 0o600));
  const database = new DatabaseSync(file, { timeout: 5000 });
  try {
    requireSchema(database);
  } catch (cause) {
    database.close();
    throw new Error(`KMS: ${file} is not a database of this KMS. Choose another folder.`, { cause });
  }
  return database;
}

function requireSchema(database: DatabaseSync): void {
  // Immediate, so that only one of two processes that find an empty file creates the tables.
  database.exec("BEGIN IMMEDIATE");
  const version = numberColumn(database.prepare("PRAGMA user_version").get() ?? {}, "user_version");
  const tables = numberColumn(database.prepare("SELECT count(*) AS tables FROM sqlite_schema").get() ?? {}, "tables");
  const upgrade = tables === 0 ? schema : upgrades.get(version);
  if (upgrade !== undefined) database.exec(upgrade);
  else if (version !== schemaVersion) throw new RangeError("it has other tables");
  database.exec("COMMIT");
}

/** The text in a column. Throws a TypeError for anything else. */
export function textColumn(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw new TypeError(`The column ${column} does not hold text.`);
  return value;
}

/** The number in a column. Throws a TypeError for anything else. */
export function numberColumn(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw new TypeError(`The column ${column} does not hold a number.`);
  return value;
}
