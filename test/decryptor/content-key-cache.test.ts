/** Content keys are kept by a clock of the test's own. */
import { expect, test } from "@jest/globals";
import type { DecryptRequest } from "../../core/decrypt/open-tokens.ts";
import { FieldsealError } from "../../core/errors.ts";
import { createContentKeyCache } from "../../decryptor/content-key-cache.ts";

const request = (name: string, more: Partial<DecryptRequest> = {}): DecryptRequest => ({
  keyArn: "a",
  holds: "content key",
  ciphertext: Buffer.from(name),
  ...more,
});
const key = Buffer.alloc(32, 7);

function openCache(settings: { readonly cachedKeys?: number; readonly cacheSeconds?: number } = {}) {
  const clock = { now: 0 };
  const cache = createContentKeyCache(
    { callsPerSecond: 1, cachedKeys: 1_000, cacheSeconds: 300, ...settings },
    () => clock.now,
  );
  /** How often was asked. */
  const ask = async (requested: DecryptRequest, answer: Uint8Array | FieldsealError = key): Promise<number> => {
    let asked = 0;
    await cache(
      requested,
      async () => {
        asked++;
        return answer;
      },
      1_000,
    );
    return asked;
  };
  return { clock, ask };
}

test("five minutes, however often a key is used", async () => {
  const { clock, ask } = openCache();
  const asked: number[] = [];
  for (const at of [0, 100_000, 299_999, 300_000, 300_001, 599_999, 600_000]) {
    clock.now = at;
    asked.push(await ask(request("k")));
  }
  expect(asked).toEqual([1, 0, 0, 1, 0, 0, 1]);
});

test("a thousand keys, and the one that was not used for longest goes", async () => {
  const { ask } = openCache();
  for (let index = 0; index < 1_000; index++) await ask(request(`k${index}`));
  expect(await ask(request("k0"))).toBe(0);
  expect(await ask(request("one more"))).toBe(1);
  expect([await ask(request("k0")), await ask(request("k2")), await ask(request("k1"))]).toEqual([0, 0, 1]);
});

test.each<{
  readonly why: string;
  readonly requested: DecryptRequest;
  readonly answer?: Uint8Array | FieldsealError;
  readonly settings?: { readonly cachedKeys?: number; readonly cacheSeconds?: number };
}>([
  { why: "a value", requested: request("k", { holds: "value" }) },
  { why: "a failure", requested: request("k"), answer: new FieldsealError("kms_throttled") },
  { why: "bad ciphertext", requested: request("k"), answer: new FieldsealError("token_invalid") },
  { why: "bytes of another number", requested: request("k"), answer: Buffer.alloc(16) },
  { why: "anything, with 0 keys", requested: request("k"), settings: { cachedKeys: 0 } },
  { why: "anything, with 0 seconds", requested: request("k"), settings: { cacheSeconds: 0 } },
])("not kept: $why", async ({ requested, answer, settings }) => {
  const { ask } = openCache(settings);
  expect([await ask(requested, answer), await ask(requested, answer)]).toEqual([1, 1]);
});

test("each wrapped key of each KMS key is one of its own", async () => {
  const { ask } = openCache();
  expect([
    await ask(request("k")),
    await ask(request("k", { keyArn: "b" })),
    await ask(request("l")),
    await ask(request("k")),
  ]).toEqual([1, 1, 1, 0]);
});

test("who asks for longer than another can wait is not waited for", async () => {
  const cache = createContentKeyCache({ callsPerSecond: 1, cachedKeys: 1_000, cacheSeconds: 300 }, () => 0);
  let answer: (key: Uint8Array) => void = () => undefined;
  const long = cache(request("k"), () => new Promise((resolve) => (answer = resolve)), 60_000);
  expect(await cache(request("k"), async () => new FieldsealError("out_of_time"), 10)).toMatchObject({
    code: "out_of_time",
  });
  answer(key);
  expect(await long).toEqual(key);
});
