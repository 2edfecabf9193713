/** What KMS does: bounded concurrency, retries within the time that is left, and errors told apart. */
import { setTimeout as sleep } from "node:timers/promises";
import { isUint8Array } from "node:util/types";
import { DecryptCommand, GenerateMacCommand, type KMSClient, ReEncryptCommand } from "@aws-sdk/client-kms";
import type { Decrypt, DecryptRequest } from "../core/decrypt/open-tokens.ts";
import type { DecryptionSettings } from "../core/decrypt/reader/reader.ts";
import type { Authenticate } from "../core/decrypt/show-values.ts";
import { type ErrorCode, FieldsealError } from "../core/errors.ts";
import { createPace, type Pace } from "./call-budget.ts";
import { boundTimer, type CallSlots, createCallSlots } from "./call-slots.ts";
import { createContentKeyCache } from "./content-key-cache.ts";

/**
 * As many as the SDK has connections: a call that waited for one would seem to hang. What presses on the quota is
 * bounded by the pace.
 */
const concurrency = 50;

/** Time to keep for the answer when the deadline nears. */
const reserveMs = 500;

/**
 * A call that hangs must leave time for others, since KMS answers in milliseconds; where it does not, each try may take
 * twice as long.
 */
const firstTryMs = 3_000;

/**
 * A try that the deadline cuts off earlier says nothing of KMS: it would hide throttling, or the budget, behind an
 * outage.
 */
const shortestTryMs = 200;

const firstBackoffMs = 50;
const highestBackoffMs = 2_000;

/**
 * What KMS's errors mean here (KMS API Reference, Decrypt). All kinds of bad ciphertext are one code. What is not
 * listed is an outage: of KMS, of the network, or of the credentials' service.
 */
const codes: Readonly<Record<string, ErrorCode>> = {
  InvalidCiphertextException: "token_invalid",
  IncorrectKeyException: "token_invalid",
  AccessDeniedException: "kms_denied",
  CredentialsProviderError: "kms_denied",
  ExpiredTokenException: "kms_denied",
  IncompleteSignature: "kms_denied",
  IncompleteSignatureException: "kms_denied",
  InvalidClientTokenId: "kms_denied",
  InvalidSignatureException: "kms_denied",
  MissingAuthenticationToken: "kms_denied",
  MissingAuthenticationTokenException: "kms_denied",
  NotAuthorized: "kms_denied",
  OptInRequired: "kms_denied",
  RequestExpired: "kms_denied",
  UnrecognizedClientException: "kms_denied",
  DisabledException: "kms_key_unusable",
  InvalidArnException: "kms_key_unusable",
  InvalidKeyUsageException: "kms_key_unusable",
  KMSInvalidStateException: "kms_key_unusable",
  NotFoundException: "kms_key_unusable",
  UnsupportedOperationException: "kms_key_unusable",
  ValidationException: "kms_key_unusable",
  LimitExceededException: "kms_throttled",
  RequestLimitExceeded: "kms_throttled",
  SlowDown: "kms_throttled",
  ThrottledException: "kms_throttled",
  Throttling: "kms_throttled",
  ThrottlingException: "kms_throttled",
  TooManyRequestsException: "kms_throttled",
};

/** Of answers without the name of an error, from something in front of KMS. */
const statuses: ReadonlyMap<unknown, ErrorCode> = new Map<unknown, ErrorCode>([
  [401, "kms_denied"],
  [403, "kms_denied"],
  [429, "kms_throttled"],
]);

const retried: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["kms_throttled", "kms_unavailable"]);

const algorithm = "RSAES_OAEP_SHA_256";

/** What an invocation asked of KMS, for its audit line. */
export interface KmsUsage {
  readonly calls: number;
  /** Content keys that no call was needed for. */
  readonly cached: number;
  readonly requestIds: readonly string[];
}

/** More make audit lines that logs cut off; `calls` counts them all. */
const mostRequestIds = 2_000;

/** Whatever stands in front of KMS may answer too. */
const requestIdPattern = /^[A-Za-z0-9-]{1,64}$/;

interface Invocation {
  readonly decrypt: Decrypt;
  /** HMAC-SHA-256 under the key for pseudonyms; `undefined` where there is none. */
  readonly authenticate: Authenticate | undefined;
  /** ReEncrypt of RSA ciphertexts from one key to another. */
  readonly reencrypt: Reencrypt;
  readonly usage: KmsUsage;
}

/** An RSA ciphertext that is to move to another key, without its plaintext leaving KMS. */
export interface ReencryptRequest {
  readonly fromKeyArn: string;
  readonly toKeyArn: string;
  readonly ciphertext: Buffer;
}

/** For each request, in order, the new ciphertext or the error that it met. It does not reject. */
export type Reencrypt = (requests: readonly ReencryptRequest[]) => Promise<readonly (Uint8Array | FieldsealError)[]>;

export interface KmsSettings extends DecryptionSettings {
  readonly pseudonymKeyArn?: string | undefined;
}

/**
 * KMS behind a client: for each invocation anew, with a cache of content keys, a pace and a number of calls that all of
 * them share. `remainingMs` tells how long the invocation may still take. The client must not retry by itself.
 */
export function createDecrypting(client: KMSClient, settings: KmsSettings): (remainingMs: () => number) => Invocation {
  const cache = createContentKeyCache(settings, Date.now);
  // The clock on the wall may be put back, and no call would be made until it is there again.
  const pace = createPace(settings.callsPerSecond, () => performance.now());
  const slots = createCallSlots(concurrency);
  return (remainingMs) => {
    const usage = { calls: 0, cached: 0, requestIds: [] as string[] };
    const send = createSend({ remainingMs, pace, slots, usage });
    const decrypt: Decrypt = (requests) =>
      workThrough(
        requests,
        async (request, unusable) => {
          let asked = false;
          const result = await cache(
            request,
            async () => {
              asked = true;
              return unusable(request.keyArn) ?? sendWithRetries(send, remainingMs, decryptOf(client, request));
            },
            remainingMs() - reserveMs,
          );
          if (!asked) usage.cached++;
          return result;
        },
        ({ keyArn }) => keyArn,
      );
    const { pseudonymKeyArn } = settings;
    const authenticate: Authenticate | undefined =
      pseudonymKeyArn === undefined
        ? undefined
        : (messages) =>
            workThrough(
              messages,
              async (message, unusable) =>
                unusable(pseudonymKeyArn) ??
                (await sendWithRetries(send, remainingMs, authenticateOf(client, pseudonymKeyArn, message))),
              () => pseudonymKeyArn,
            );
    const reencrypt: Reencrypt = (requests) => {
      const keysOf = ({ fromKeyArn, toKeyArn }: ReencryptRequest): string => `${fromKeyArn} ${toKeyArn}`;
      return workThrough(
        requests,
        async (request, unusable) =>
          unusable(keysOf(request)) ?? (await sendWithRetries(send, remainingMs, reencryptOf(client, request))),
        keysOf,
      );
    };
    return { decrypt, authenticate, reencrypt, usage };
  };
}

type Bytes = Uint8Array | FieldsealError;

/**
 * Does the work for each item, several at a time, and gives the results in order. What KMS cannot do with a key for one
 * item it cannot do for the others either.
 */
async function workThrough<T>(
  items: readonly T[],
  work: (item: T, unusable: (key: string) => FieldsealError | undefined) => Promise<Bytes>,
  keyOf: (item: T) => string,
): Promise<readonly Bytes[]> {
  const results: Bytes[] = [];
  const unusable = new Map<string, FieldsealError>();
  let next = 0;
  const goOn = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item === undefined) return;
      const result = await work(item, (key) => unusable.get(key));
      if (result instanceof FieldsealError && result.code !== "token_invalid") unusable.set(keyOf(item), result);
      results[index] = result;
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, goOn));
  return results;
}

interface Answered {
  readonly result: Bytes;
  readonly requestId: string | undefined;
}

/** One call to KMS, which rejects with the SDK's error. */
type KmsCall = (options: HttpHandlerOptions) => Promise<Answered>;

interface HttpHandlerOptions {
  readonly abortSignal: AbortSignal;
}

function decryptOf(client: KMSClient, { keyArn, ciphertext }: DecryptRequest): KmsCall {
  const input = { KeyId: keyArn, CiphertextBlob: ciphertext, EncryptionAlgorithm: algorithm } as const;
  return async (options) => {
    const {
      KeyId,
      Plaintext,
      EncryptionAlgorithm = algorithm,
      $metadata,
    } = await client.send(new DecryptCommand(input), options);
    const right = KeyId === keyArn && EncryptionAlgorithm === algorithm;
    return { result: resultOf(right, KeyId, Plaintext, "token_invalid"), requestId: $metadata.requestId };
  };
}

function authenticateOf(client: KMSClient, keyArn: string, message: Buffer): KmsCall {
  return async (options) => {
    const { KeyId, Mac, $metadata } = await client.send(
      new GenerateMacCommand({ KeyId: keyArn, Message: message, MacAlgorithm: "HMAC_SHA_256" }),
      options,
    );
    return { result: resultOf(KeyId === keyArn, KeyId, Mac), requestId: $metadata.requestId };
  };
}

function reencryptOf(client: KMSClient, { fromKeyArn, toKeyArn, ciphertext }: ReencryptRequest): KmsCall {
  return async (options) => {
    const { SourceKeyId, KeyId, CiphertextBlob, $metadata } = await client.send(
      new ReEncryptCommand({
        CiphertextBlob: ciphertext,
        SourceKeyId: fromKeyArn,
        SourceEncryptionAlgorithm: algorithm,
        DestinationKeyId: toKeyArn,
        DestinationEncryptionAlgorithm: algorithm,
      }),
      options,
    );
    return {
      result: resultOf(SourceKeyId === fromKeyArn && KeyId === toKeyArn, KeyId, CiphertextBlob),
      requestId: $metadata.requestId,
    };
  };
}

/** What an answer comes to. Without a key and bytes, or with what are none, it is from something in front of KMS. */
function resultOf(isRight: boolean, keyId: unknown, bytes: unknown, missing: ErrorCode = "kms_unavailable"): Bytes {
  if (keyId === undefined && bytes === undefined) return new FieldsealError("kms_unavailable");
  if (!isRight) return new FieldsealError("kms_key_mismatch");
  if (bytes === undefined) return new FieldsealError(missing);
  return isUint8Array(bytes) ? bytes : new FieldsealError("kms_unavailable");
}

type Send = (call: KmsCall, longestMs: number) => Promise<Bytes>;

interface SendContext {
  readonly remainingMs: () => number;
  readonly pace: Pace;
  readonly slots: CallSlots;
  readonly usage: { calls: number; readonly requestIds: string[] };
}

/**
 * One call, in its turn and at the pace that all calls share. Where no time is left for it, the error says what took
 * the time.
 */
function createSend({ remainingMs, pace, slots, usage }: SendContext): Send {
  let tookTime: ErrorCode = "out_of_time";
  const leftMs = (): number => remainingMs() - reserveMs;
  const longestWaitMs = (): number => Math.max(0, leftMs() - shortestTryMs);
  const sendAtPace = async (call: KmsCall, longestTryMs: number): Promise<Bytes> => {
    const turn = pace.reserve(longestWaitMs());
    if (turn === undefined) return new FieldsealError("kms_throttled");
    try {
      if (turn.waitMs > 0) await sleep(boundTimer(turn.waitMs));
      for (let waitMs = turn.begin(); waitMs > 0; waitMs = turn.begin()) {
        if (waitMs > longestWaitMs()) return new FieldsealError("kms_throttled");
        await sleep(boundTimer(waitMs));
      }
      return await sendNow(call, longestTryMs);
    } finally {
      turn.end();
    }
  };
  const sendNow = async (call: KmsCall, longestTryMs: number): Promise<Bytes> => {
    usage.calls++;
    const tryMs = Math.min(longestTryMs, leftMs());
    const { result, requestId, cutOff } = await attempt(call, tryMs);
    if (cutOff && tryMs < shortestTryMs) return new FieldsealError(tookTime);
    if (requestId !== undefined && requestIdPattern.test(requestId) && usage.requestIds.length < mostRequestIds)
      usage.requestIds.push(requestId);
    if (result instanceof FieldsealError && retried.has(result.code)) tookTime = result.code;
    if (result instanceof FieldsealError && result.code === "kms_throttled") pace.slowDown();
    else pace.speedUp();
    return result;
  };
  return async (call, longestTryMs) => {
    if (leftMs() <= 0) return new FieldsealError(tookTime);
    if (pace.waitMs() > longestWaitMs()) return new FieldsealError("kms_throttled");
    if (!(await slots.take(leftMs()))) return new FieldsealError(tookTime);
    try {
      return leftMs() <= 0 ? new FieldsealError(tookTime) : await sendAtPace(call, longestTryMs);
    } finally {
      slots.free();
    }
  };
}

async function sendWithRetries(send: Send, remainingMs: () => number, call: KmsCall): Promise<Bytes> {
  for (let tries = 0; ; tries++) {
    const result = await send(call, firstTryMs * 2 ** tries);
    if (!(result instanceof FieldsealError) || !retried.has(result.code)) return result;
    const highest = Math.min(highestBackoffMs, firstBackoffMs * 2 ** tries);
    const pauseMs = highest / 2 + (Math.random() * highest) / 2;
    if (remainingMs() - reserveMs <= pauseMs + shortestTryMs) return result;
    await sleep(pauseMs);
  }
}

async function attempt(call: KmsCall, timeoutMs: number): Promise<Answered & { readonly cutOff: boolean }> {
  const abortSignal = AbortSignal.timeout(Math.max(1, Math.floor(timeoutMs)));
  try {
    return { ...(await call({ abortSignal })), cutOff: false };
  } catch (error) {
    const { $metadata: metadata }: Readonly<Record<string, unknown>> = Object(error);
    const requestId: unknown = Object(metadata)["requestId"];
    return {
      result: new FieldsealError(codeOf(error)),
      requestId: typeof requestId === "string" ? requestId : undefined,
      cutOff: abortSignal.aborted,
    };
  }
}

function codeOf(error: unknown): ErrorCode {
  const { name, $metadata: metadata }: Readonly<Record<string, unknown>> = Object(error);
  // The SDK has set its clock by the answer: another try is signed with the right time.
  if (Object(metadata)["clockSkewCorrected"] === true) return "kms_unavailable";
  if (typeof name === "string" && Object.hasOwn(codes, name)) return codes[name] ?? "kms_unavailable";
  return statuses.get(Object(metadata)["httpStatusCode"]) ?? "kms_unavailable";
}
