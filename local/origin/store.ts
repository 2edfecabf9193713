/** Where the sample origin keeps what it received: one SQLite table, one row for each request. */

import { DatabaseSync } from "node:sqlite";

/** A request as the origin received it. */
export interface ReceivedRequest {
  /** As ISO 8601. */
  readonly receivedAt: string;
  readonly method: string;
  readonly path: string;
  /** As it was sent, without the question mark. */
  readonly query: string;
  /** By lower-case name; a repeated header has several values. */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

/** A request that the store keeps. */
export interface StoredRequest extends ReceivedRequest {
  readonly id: number;
}

/** The requests of a database, until it is closed. */
export interface RequestStore {
  /** Keeps a request and gives its id: 1 for the first, and never the same again. */
  write(request: ReceivedRequest): number;
  /** The oldest requests with ids above `after`, in order, at most `most` of them. */
  list(after: number, most: number): readonly StoredRequest[];
  read(id: number): StoredRequest | undefined;
  close(): void;
}

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    query TEXT NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL
  ) STRICT;`;

/**
 * Opens or makes the database; `:memory:` keeps nothing after `close`. Throws an Error that names the file when it
 * cannot be opened or is no database; the folder must exist.
 */
export function openStore(databaseFile: string): RequestStore {
  const database = openDatabase(databaseFile);
  const insert = database.prepare(
    "INSERT INTO requests (received_at, method, path, query, headers, body) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const selectAfter = database.prepare("SELECT * FROM requests WHERE id > ? ORDER BY id LIMIT ?");
  const selectOne = database.prepare("SELECT * FROM requests WHERE id = ?");
  return {
    write: ({ receivedAt, method, path, query, headers, body }) =>
      Number(insert.run(receivedAt, method, path, query, JSON.stringify(headers), body).lastInsertRowid),
    list: (after, most) => selectAfter.all(after, most).map(parseRow),
    read: (id) => {
      const row = selectOne.get(id);
      return row === undefined ? undefined : parseRow(row);
    },
    close: () => database.close(),
  };
}

function openDatabase(databaseFile: string): DatabaseSync {
  try {
    const database = new DatabaseSync(databaseFile);
    database.exec(schema);
    return database;
  } catch (cause) {
    throw new Error(`Origin: the database ${databaseFile} cannot be opened.`, { cause });
  }
}

/** The columns are what `write` put there: the table is STRICT. */
function parseRow(row: Readonly<Record<string, unknown>>): StoredRequest {
  const { body } = row;
  if (!(body instanceof Uint8Array)) throw new TypeError("a stored body is a blob");
  return {
    id: Number(row["id"]),
    receivedAt: String(row["received_at"]),
    method: String(row["method"]),
    path: String(row["path"]),
    query: String(row["query"]),
    headers: JSON.parse(String(row["headers"])),
    body,
  };
}
