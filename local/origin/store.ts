/** Stores the requests of the sample origin: one SQLite table, with a row for each request. */

import { DatabaseSync } from "node:sqlite";

/** A request as the origin received it. */
export interface ReceivedRequest {
  /** In ISO 8601. */
  readonly receivedAt: string;
  readonly method: string;
  readonly path: string;
  /** As sent, without the question mark. */
  readonly query: string;
  /** Values by lower-case name. A repeated header has several. */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

/** A stored request. */
export interface StoredRequest extends ReceivedRequest {
  readonly id: number;
}

/** The store of requests, until it is closed. */
export interface RequestStore {
  /** Stores a request and gives its id: 1 for the first, and never the same twice. */
  write(request: ReceivedRequest): number;
  /** The oldest requests with ids above `after`, in order; `most` at most. */
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
 * Opens or creates the database; `:memory:` stores nothing after `close`. Throws an Error that names the file if it
 * cannot be opened or is not a database. Its folder must exist.
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
    throw new Error(`Origin: cannot open ${databaseFile} as its database. Choose another folder.`, {
      cause,
    });
  }
}

/** Reads a row. Its types are those that `write` stored, since the table is STRICT. */
function parseRow(row: Readonly<Record<string, unknown>>): StoredRequest {
  const { body } = row;
  if (!(body instanceof Uint8Array)) throw new TypeError("The column body does not hold a blob.");
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
