/** KMS as a reader uses it: opens, authenticates and moves many ciphertexts at a time. */
import type { KMSClient } from "@aws-sdk/client-kms";
import type { Decrypt } from "../core/decrypt/open-tokens.ts";
import type { DecryptionSettings } from "../core/decrypt/reader/reader.ts";
import type { Authenticate } from "../core/decrypt/show-values.ts";
import { FieldsealError } from "../core/errors.ts";
import { createPace } from "./call-budget.ts";
import { createCallSlots } from "./call-slots.ts";
import { createContentKeyCache } from "./content-key-cache.ts";
import { authenticateCall, decryptCall, type KmsResult, type ReencryptRequest, reencryptCall } from "./kms-calls.ts";
import { createSender, type KmsUsage } from "./kms-sender.ts";

/**
 * Calls under way at the same time: as many as the SDK has connections, since a call that waits for a connection would
 * seem to hang. The pace, not this number, bounds the load on KMS's quota.
 */
const concurrency = 50;

/** Milliseconds before the deadline that are kept for the answer to the caller. */
const answerReserveMs = 500;

/** For each request, in order, the new ciphertext or the error that it met. It does not reject. */
export type Reencrypt = (requests: readonly ReencryptRequest[]) => Promise<readonly KmsResult[]>;

/** How a reader uses KMS, and the key of its pseudonyms if it gives any. */
export interface KmsSettings extends DecryptionSettings {
  readonly pseudonymKeyArn?: string | undefined;
}

/** What one invocation can ask of KMS, and what it has asked so far. */
export interface KmsInvocation {
  readonly decrypt: Decrypt;
  /** HMAC-SHA-256 under the key for pseudonyms; `undefined` without such a key. */
  readonly authenticate: Authenticate | undefined;
  readonly reencrypt: Reencrypt;
  readonly usage: KmsUsage;
}

/**
 * KMS behind a client. Gives what one invocation works with: all invocations share a cache of content keys, a pace and
 * a number of calls. `remainingMs` gives how many milliseconds the invocation may still take. The client must not retry
 * by itself.
 */
export function createDecrypting(
  client: KMSClient,
  settings: KmsSettings,
): (remainingMs: () => number) => KmsInvocation {
  const cache = createContentKeyCache(settings, Date.now);
  // The wall clock may be put back, and then no call would be made until it has caught up.
  const pace = createPace(settings.callsPerSecond, () => performance.now());
  const slots = createCallSlots(concurrency);
  const { pseudonymKeyArn } = settings;
  return (remainingMs) => {
    const leftMs = (): number => remainingMs() - answerReserveMs;
    const usage = { calls: 0, cached: 0, requestIds: [] as string[] };
    const send = createSender({ leftMs, pace, slots, usage });
    const decrypt: Decrypt = (requests) =>
      workThrough(
        requests,
        ({ keyArn }) => keyArn,
        async (request, unusable) => {
          let asked = false;
          const ask = async (): Promise<KmsResult> => {
            asked = true;
            return unusable() ?? send(decryptCall(client, request));
          };
          const result = await cache(request, ask, leftMs());
          if (!asked) usage.cached++;
          return result;
        },
      );
    const authenticateUnder =
      (keyArn: string): Authenticate =>
      (messages) =>
        workThrough(
          messages,
          () => keyArn,
          async (message, unusable) => unusable() ?? (await send(authenticateCall(client, keyArn, message))),
        );
    const reencrypt: Reencrypt = (requests) =>
      workThrough(
        requests,
        ({ fromKeyArn, toKeyArn }) => `${fromKeyArn} ${toKeyArn}`,
        async (request, unusable) => unusable() ?? (await send(reencryptCall(client, request))),
      );
    return {
      decrypt,
      authenticate: pseudonymKeyArn === undefined ? undefined : authenticateUnder(pseudonymKeyArn),
      reencrypt,
      usage,
    };
  };
}

/**
 * Does the work for each item, several at a time, and gives the results in order. When KMS cannot use a key for one
 * item, it cannot use the key for the others either: `unusable` gives that error for items of the same key.
 */
async function workThrough<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  work: (item: T, unusable: () => FieldsealError | undefined) => Promise<KmsResult>,
): Promise<readonly KmsResult[]> {
  const results: KmsResult[] = [];
  const unusableKeys = new Map<string, FieldsealError>();
  let next = 0;
  const goOn = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item === undefined) return;
      const key = keyOf(item);
      const result = await work(item, () => unusableKeys.get(key));
      if (result instanceof FieldsealError && result.code !== "token_invalid") unusableKeys.set(key, result);
      results[index] = result;
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, goOn));
  return results;
}
