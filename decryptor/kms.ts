/** Opens, authenticates and moves many ciphertexts with KMS at a time. */
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
 * The most calls at the same time: the number of the SDK's connections, since a call that waits for a connection would
 * seem to hang. The pace bounds the load on KMS's quota.
 */
const concurrency = 50;

/** Milliseconds before the deadline, kept for the answer to the caller. */
const answerReserveMs = 500;

/** Gives the new ciphertext or the error of each request, in order. Does not reject. */
export type Reencrypt = (requests: readonly ReencryptRequest[]) => Promise<readonly KmsResult[]>;

/** How a reader uses KMS, and the key of its pseudonyms, if it gives any. */
export interface KmsSettings extends DecryptionSettings {
  readonly pseudonymKeyArn?: string | undefined;
}

/** The calls that one invocation can make, and its use of KMS so far. */
export interface KmsInvocation {
  readonly decrypt: Decrypt;
  /** HMAC-SHA-256 under the key for pseudonyms; `undefined` without such a key. */
  readonly authenticate: Authenticate | undefined;
  readonly reencrypt: Reencrypt;
  readonly usage: KmsUsage;
}

/**
 * KMS behind a client, which must not retry by itself. Gives a function that makes the calls of one invocation.
 * `remainingMs` gives the milliseconds that the invocation may still take. All invocations share one cache of content
 * keys, one pace and one number of calls.
 */
export function createDecrypting(
  client: KMSClient,
  settings: KmsSettings,
): (remainingMs: () => number) => KmsInvocation {
  const cache = createContentKeyCache(settings, Date.now);
  // Not the wall clock: if somebody put it back, no call would begin until it caught up.
  const pace = createPace(settings.callsPerSecond, () => performance.now());
  const slots = createCallSlots(concurrency);
  const { pseudonymKeyArn } = settings;
  return (remainingMs) => {
    const leftMs = (): number => remainingMs() - answerReserveMs;
    const usage = { calls: 0, cached: 0, requestIds: [] as string[] };
    const send = createSender({ leftMs, pace, slots, usage });
    return {
      decrypt: (requests) =>
        workThrough(
          requests,
          ({ keyArn }) => keyArn,
          async (request, unlessUnusable) => {
            let asked = false;
            const ask = (): Promise<KmsResult> => {
              asked = true;
              return unlessUnusable(() => send(decryptCall(client, request)));
            };
            const result = await cache(request, ask, leftMs());
            if (!asked) usage.cached++;
            return result;
          },
        ),
      authenticate:
        pseudonymKeyArn === undefined
          ? undefined
          : (messages) =>
              workThrough(
                messages,
                () => pseudonymKeyArn,
                (message, unlessUnusable) =>
                  unlessUnusable(() => send(authenticateCall(client, pseudonymKeyArn, message))),
              ),
      reencrypt: (requests) =>
        workThrough(
          requests,
          ({ fromKeyArn, toKeyArn }) => `${fromKeyArn} ${toKeyArn}`,
          (request, unlessUnusable) => unlessUnusable(() => send(reencryptCall(client, request))),
        ),
      usage,
    };
  };
}

/**
 * Works on several items at a time, and gives the results in order. If KMS cannot use a key for one item, it cannot use
 * that key for the others either: `unlessUnusable` then gives the same error, and makes no call.
 */
async function workThrough<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  work: (item: T, unlessUnusable: (call: () => Promise<KmsResult>) => Promise<KmsResult>) => Promise<KmsResult>,
): Promise<readonly KmsResult[]> {
  const results: KmsResult[] = [];
  const unusableKeys = new Map<string, FieldsealError>();
  let next = 0;
  const goOn = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item === undefined) return;
      const key = keyOf(item);
      const result = await work(item, async (call) => unusableKeys.get(key) ?? call());
      if (result instanceof FieldsealError && result.code !== "token_invalid") unusableKeys.set(key, result);
      results[index] = result;
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, goOn));
  return results;
}
