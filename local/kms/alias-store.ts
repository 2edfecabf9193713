/** Stores aliases, which are names for keys, in SQLite. */

import type { DatabaseSync } from "node:sqlite";
import { numberColumn, type Row, textColumn } from "./database.ts";
import type { Page } from "./pages.ts";

/** An alias and the key that it names. Times are in milliseconds since 1970. */
export interface AliasRecord {
  readonly region: string;
  /** With its `alias/` prefix. */
  readonly aliasName: string;
  readonly keyId: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The aliases of all Regions. */
export interface AliasStore {
  /** Adds an alias. Throws if the Region has an alias with this name. */
  insertAlias(record: AliasRecord): void;
  findAlias(region: string, aliasName: string): AliasRecord | undefined;
  /** Aliases in the order of their names; only those of one key if an id is given. */
  listAliases(region: string, page: Page, keyId?: string): readonly AliasRecord[];
  writeTarget(record: AliasRecord, keyId: string, updatedAt: number): void;
  deleteAlias(record: AliasRecord): void;
}

/** The aliases of an open database. */
export function aliasStoreOf(database: DatabaseSync): AliasStore {
  const insert = database.prepare("INSERT INTO aliases VALUES (?, ?, ?, ?, ?)");
  const select = database.prepare("SELECT * FROM aliases WHERE region = ? AND alias_name = ?");
  const selectAfter = database.prepare(`
    SELECT * FROM aliases WHERE region = ?1 AND alias_name > ?2 AND (?3 IS NULL OR key_id = ?3)
    ORDER BY alias_name LIMIT ?4`);
  const update = database.prepare("UPDATE aliases SET key_id = ?, updated_at = ? WHERE region = ? AND alias_name = ?");
  const remove = database.prepare("DELETE FROM aliases WHERE region = ? AND alias_name = ?");
  return {
    insertAlias({ region, aliasName, keyId, createdAt, updatedAt }) {
      insert.run(region, aliasName, keyId, createdAt, updatedAt);
    },
    findAlias(region, aliasName) {
      const row = select.get(region, aliasName);
      return row && parseRow(row);
    },
    listAliases(region, { after, limit }, keyId) {
      return selectAfter.all(region, after, keyId ?? null, limit).map(parseRow);
    },
    writeTarget({ region, aliasName }, keyId, updatedAt) {
      update.run(keyId, updatedAt, region, aliasName);
    },
    deleteAlias({ region, aliasName }) {
      remove.run(region, aliasName);
    },
  };
}

function parseRow(row: Row): AliasRecord {
  return {
    region: textColumn(row, "region"),
    aliasName: textColumn(row, "alias_name"),
    keyId: textColumn(row, "key_id"),
    createdAt: numberColumn(row, "created_at"),
    updatedAt: numberColumn(row, "updated_at"),
  };
}
