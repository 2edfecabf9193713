import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "@jest/globals";
import type { Listening } from "../../../local/listen.ts";
import { startOrigin } from "../../../local/origin/server.ts";
import { openStore } from "../../../local/origin/store.ts";

const folder = mkdtempSync(join(tmpdir(), "origin-"));
afterAll(() => rmSync(folder, { recursive: true }));

const open: Listening[] = [];
afterEach(async () => {
  for (const origin of open.splice(0)) await origin.close();
});

async function start(databaseFile = ":memory:"): Promise<Listening> {
  const origin = await startOrigin({ port: 0, databaseFile });
  open.push(origin);
  return origin;
}

const readJson = async (url: string): Promise<unknown> => (await fetch(url)).json();

test("stores a request and shows it", async () => {
  const { url } = await start();
  const headers = { "Content-Type": "application/json", "X-A": "1" };
  const response = await fetch(`${url}/people?a=1&b=%20?`, { method: "POST", headers, body: '{"name": "Zoë"}' });
  expect(response.status).toBe(201);
  expect(await response.json()).toEqual({ id: 1 });
  const stored = {
    id: 1,
    receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    method: "POST",
    path: "/people",
    query: "a=1&b=%20?",
    headers: expect.objectContaining({ "content-type": ["application/json"], "x-a": ["1"] }),
    bodyEncoding: "text",
    body: '{"name": "Zoë"}',
  };
  expect(await readJson(`${url}/requests`)).toEqual([stored]);
  expect(await readJson(`${url}/requests/1`)).toEqual(stored);
});

describe("a body", () => {
  const bodies: readonly [why: string, body: Uint8Array<ArrayBuffer>, shown: object][] = [
    ["empty", new Uint8Array(), { bodyEncoding: "text", body: "" }],
    ["UTF-8 with a byte order mark", Uint8Array.of(0xef, 0xbb, 0xbf, 0x61), { bodyEncoding: "text", body: "\ufeffa" }],
    ["not UTF-8", Uint8Array.of(0x61, 0xff), { bodyEncoding: "base64", body: "Yf8=" }],
  ];
  test.each(bodies)("%s", async (_, body, shown) => {
    const { url } = await start();
    await fetch(url, { method: "PUT", body });
    expect(await readJson(`${url}/requests/1`)).toMatchObject(shown);
  });

  test("of more than 64 MB is refused and not stored", async () => {
    const { url } = await start();
    const response = await fetch(url, { method: "POST", body: Buffer.alloc(64 * 1_048_576 + 1) });
    expect(response.status).toBe(413);
    expect(await readJson(`${url}/requests`)).toEqual([]);
  });
});

test.each(["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])("%s is stored and answered with 200", async (method) => {
  const { url } = await start();
  const response = await fetch(`${url}/people/7`, { method });
  expect([response.status, await response.json()]).toEqual([200, { id: 1 }]);
  expect(await readJson(`${url}/requests`)).toMatchObject([{ method, path: "/people/7" }]);
});

test("lists the requests after an id, in order, and does not store the query", async () => {
  const { url } = await start();
  for (const path of ["a", "b", "c"]) await fetch(`${url}/${path}`, { method: "POST" });
  expect(await readJson(`${url}/requests?after=1`)).toMatchObject([
    { id: 2, path: "/b" },
    { id: 3, path: "/c" },
  ]);
  expect(await readJson(`${url}/requests?after=3`)).toEqual([]);
});

test("lists at most 1,000 at once", async () => {
  const file = join(folder, "many.db");
  const store = openStore(file);
  const request = { receivedAt: "2026-01-01T00:00:00.000Z", method: "GET", path: "/", query: "", headers: {} };
  for (let id = 1; id <= 1_001; id += 1) store.write({ ...request, body: new Uint8Array() });
  store.close();
  const { url } = await start(file);
  expect(await readJson(`${url}/requests`)).toHaveLength(1_000);
  expect(await readJson(`${url}/requests?after=1000`)).toMatchObject([{ id: 1_001 }]);
});

describe("is refused:", () => {
  const refused: readonly [status: number, path: string, why: string][] = [
    [404, "/requests/2", "no request has this id"],
    [400, "/requests?after=x", "after is no number"],
    [400, "/requests?after=-1", "after is negative"],
    [400, "/requests?after=", "after is empty"],
  ];
  test.each(refused)("%d %s (%s)", async (status, path) => {
    const { url } = await start();
    expect((await fetch(url + path)).status).toBe(status);
  });
});

test("stored requests survive a restart, and ids continue", async () => {
  const file = join(folder, "kept.db");
  const first = await start(file);
  await fetch(`${first.url}/people`, { method: "POST", body: "before" });
  await first.close();
  expect(existsSync(`${file}-wal`)).toBe(false);
  const second = await start(file);
  expect(await (await fetch(`${second.url}/people`, { method: "POST", body: "after" })).json()).toEqual({ id: 2 });
  expect(await readJson(`${second.url}/requests`)).toMatchObject([{ body: "before" }, { body: "after" }]);
});

test("a file that is not a database is refused with its name", async () => {
  const file = join(folder, "text.db");
  writeFileSync(file, "this is not a database, and long enough for SQLite to see it".repeat(20));
  await expect(startOrigin({ port: 0, databaseFile: file })).rejects.toThrow(`cannot open ${file} as its database`);
});

test("a port in use is refused with its number", async () => {
  const port = Number(new URL((await start()).url).port);
  await expect(startOrigin({ port, databaseFile: ":memory:" })).rejects.toThrow(
    `Origin: port ${port} on 127.0.0.1 is in use. Choose another port.`,
  );
});
