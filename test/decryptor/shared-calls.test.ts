/** What the invocations of one instance share: the calls under way, the pace, and what one of them asks for. */
import { KMSClient } from "@aws-sdk/client-kms";
import { afterEach, expect, jest, test } from "@jest/globals";
import type { DecryptRequest } from "../../core/decrypt/open-tokens.ts";
import { createDecrypting } from "../../decryptor/kms.ts";

const keyArn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000001";
const settings = { callsPerSecond: 1_000, cachedKeys: 1_000, cacheSeconds: 300 };
const request = (name: string, more: Partial<DecryptRequest> = {}): DecryptRequest => ({
  keyArn,
  holds: "value",
  ciphertext: Buffer.from(name),
  ...more,
});
const minute = (): number => 60_000;

/** A client that answers as `work` says. */
function openClient(work: (signal: AbortSignal) => Promise<void>): KMSClient {
  const client = new KMSClient({ region: "eu-central-1" });
  const send = async (_: unknown, { abortSignal }: { readonly abortSignal: AbortSignal }): Promise<object> => {
    await work(abortSignal);
    return { KeyId: keyArn, Plaintext: Buffer.alloc(32, 7), $metadata: {} };
  };
  return Object.assign(client, { send });
}

const hang = (signal: AbortSignal): Promise<void> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));

afterEach(() => {
  jest.restoreAllMocks();
});

test("no more calls are under way than there are connections, however many invocations there are", async () => {
  let [underWay, most] = [0, 0];
  const decrypting = createDecrypting(
    openClient(async () => {
      most = Math.max(most, ++underWay);
      await new Promise(setImmediate);
      underWay--;
    }),
    settings,
  );
  const results = await Promise.all(
    Array.from({ length: 300 }, (_, call) => decrypting(minute).decrypt([request(`${call} a`), request(`${call} b`)])),
  );
  expect(results.flat().every((result) => result instanceof Uint8Array)).toBe(true);
  expect(most).toBe(50);
});

test("a call that waits for others is not told as one that KMS left without an answer", async () => {
  const decrypting = createDecrypting(openClient(hang), settings);
  const end = Date.now() + 1_500;
  const blocking = decrypting(() => end - Date.now()).decrypt(
    Array.from({ length: 50 }, (_, index) => request(String(index))),
  );
  const late = decrypting(() => end - 300 - Date.now());
  expect(await late.decrypt([request("late")])).toMatchObject([{ code: "out_of_time" }]);
  expect(late.usage.calls).toBe(0);
  expect(await blocking).toEqual(Array(50).fill(expect.objectContaining({ code: "kms_unavailable" })));
});

test("nobody waits longer than they have for a content key that another invocation asks for", async () => {
  const decrypting = createDecrypting(openClient(hang), settings);
  const contentKey = request("k", { holds: "content key" });
  const [long, short] = [Date.now() + 2_000, Date.now() + 800];
  let answered = false;
  const other = decrypting(() => long - Date.now())
    .decrypt([contentKey])
    .then(() => (answered = true));
  expect(await decrypting(() => short - Date.now()).decrypt([contentKey])).toMatchObject([{ code: "out_of_time" }]);
  expect(answered).toBe(false);
  await other;
});

test("a clock that is put back stops no call", async () => {
  const decrypting = createDecrypting(
    openClient(() => Promise.resolve()),
    { ...settings, callsPerSecond: 2 },
  );
  const soon = (): number => 3_000;
  expect(await decrypting(soon).decrypt([request("a"), request("b")])).toEqual([
    expect.any(Uint8Array),
    expect.any(Uint8Array),
  ]);
  const now = Date.now();
  jest.spyOn(Date, "now").mockReturnValue(now - 3_600_000);
  expect(await decrypting(soon).decrypt([request("c")])).toEqual([expect.any(Uint8Array)]);
});

test("a try that the deadline cuts off at once says nothing of KMS", async () => {
  const decrypting = createDecrypting(openClient(hang), settings);
  const end = Date.now() + 600;
  expect(await decrypting(() => end - Date.now()).decrypt([request("a")])).toMatchObject([{ code: "out_of_time" }]);
});
