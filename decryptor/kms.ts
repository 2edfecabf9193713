/** RSA decryption by KMS: bounded concurrency, retries within the time that is left, and errors told apart. */
import { setTimeout as sleep } from "node:timers/promises";
import { DecryptCommand, type KMSClient } from "@aws-sdk/client-kms";
import type { Decrypt, DecryptRequest } from "../core/decryption.ts";
import { type ErrorCode, FieldsealError } from "../core/errors.ts";
import type { DecryptionSettings } from "../core/reader.ts";
import { createPace } from "./call-budget.ts";
import { createContentKeyCache } from "./content-key-cache.ts";

/** A call costs over a millisecond of processor time, so more calls at once gain nothing and press on the quota. */
const concurrency = 10;

/** Time to keep for the answer when the deadline nears. */
const reserveMs = 500;

/** A call that hangs must leave time for others: KMS answers in milliseconds. */
const longestTryMs = 3_000;

const firstBackoffMs = 50;
const highestBackoffMs = 2_000;

/**
 * What KMS's errors mean here (KMS API Reference, Decrypt). All kinds of bad ciphertext are one code. What is not
 * listed is an outage: of KMS, of the network, or of the credentials' service.
 */
const codes: Readonly<Record<string, ErrorCode>> = {
  InvalidCiphertextException: "token_invalid",
  AccessDeniedException: "kms_denied",
  UnrecognizedClientException: "kms_denied",
  InvalidSignatureException: "kms_denied",
  ExpiredTokenException: "kms_denied",
  IncompleteSignature: "kms_denied",
  MissingAuthenticationTokenException: "kms_denied",
  CredentialsProviderError: "kms_denied",
  DisabledException: "kms_key_unusable",
  KMSInvalidStateException: "kms_key_unusable",
  NotFoundException: "kms_key_unusable",
  InvalidArnException: "kms_key_unusable",
  InvalidKeyUsageException: "kms_key_unusable",
  IncorrectKeyException: "kms_key_unusable",
  UnsupportedOperationException: "kms_key_unusable",
  ValidationException: "kms_key_unusable",
  ThrottlingException: "kms_throttled",
  Throttling: "kms_throttled",
  TooManyRequestsException: "kms_throttled",
  LimitExceededException: "kms_throttled",
};

const retried: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["kms_throttled", "kms_unavailable"]);

/** What an invocation asked of KMS, for its audit line. */
export interface KmsUsage {
  readonly calls: number;
  /** Content keys that no call was needed for. */
  readonly cached: number;
  readonly requestIds: readonly string[];
}

interface Invocation {
  readonly decrypt: Decrypt;
  readonly usage: KmsUsage;
}

/**
 * The Decrypt port on a KMS client: for each invocation anew, with a cache of content keys and a budget of calls that all
 * of them share. `remainingMs` tells how long the invocation may still take. The client must not retry by itself.
 */
export function createDecrypting(client: KMSClient, settings: DecryptionSettings): (remainingMs: () => number) => Invocation {
  const cache = createContentKeyCache(settings, Date.now);
  const pace = createPace(settings.callsPerSecond, Date.now);
  return (remainingMs) => {
    const usage = { calls: 0, cached: 0, requestIds: [] as string[] };
    const send = createSend({ client, remainingMs, pace, usage });
    const decrypt: Decrypt = async (requests) => {
      const results: (Uint8Array | FieldsealError)[] = [];
      // A key that KMS cannot use for one ciphertext it cannot use for the others either.
      const unusable = new Map<string, FieldsealError>();
      let next = 0;
      const work = async (): Promise<void> => {
        for (let index = next++; index < requests.length; index = next++) {
          const request = requests[index];
          if (request === undefined) return;
          const known = cache.find(request);
          if (known !== undefined) usage.cached++;
          const result = known ?? unusable.get(request.keyArn) ?? (await decryptWithRetries(send, request, remainingMs));
          if (!(result instanceof FieldsealError)) cache.keep(request, result);
          else if (result.code !== "token_invalid") unusable.set(request.keyArn, result);
          results[index] = result;
        }
      };
      await Promise.all(Array.from({ length: Math.min(concurrency, requests.length) }, work));
      return results;
    };
    return { decrypt, usage };
  };
}

type Send = (request: DecryptRequest) => Promise<Uint8Array | FieldsealError>;

interface SendContext {
  readonly client: KMSClient;
  readonly remainingMs: () => number;
  readonly pace: () => number;
  readonly usage: { calls: number; readonly requestIds: string[] };
}

/** One call within the budget of calls. */
function createSend({ client, remainingMs, pace, usage }: SendContext): Send {
  return async (request) => {
    const waitMs = pace();
    if (waitMs > remainingMs() - reserveMs) return new FieldsealError("kms_throttled");
    if (waitMs > 0) await sleep(waitMs);
    usage.calls++;
    return decryptOnce(client, request, Math.min(longestTryMs, remainingMs() - reserveMs), (requestId) => usage.requestIds.push(requestId));
  };
}

async function decryptWithRetries(send: Send, request: DecryptRequest, remainingMs: () => number): Promise<Uint8Array | FieldsealError> {
  for (let attempt = 0; ; attempt++) {
    const result = await send(request);
    if (!(result instanceof FieldsealError) || !retried.has(result.code)) return result;
    const highest = Math.min(highestBackoffMs, firstBackoffMs * 2 ** attempt);
    const pauseMs = highest / 2 + (Math.random() * highest) / 2;
    // A try that the deadline cuts off would hide throttling behind an outage.
    if (remainingMs() - reserveMs <= pauseMs + firstBackoffMs) return result;
    await sleep(pauseMs);
  }
}

async function decryptOnce(
  client: KMSClient,
  { keyArn, ciphertext }: DecryptRequest,
  timeoutMs: number,
  tellRequestId: (requestId: string) => void,
): Promise<Uint8Array | FieldsealError> {
  try {
    const { KeyId, Plaintext, $metadata } = await client.send(
      new DecryptCommand({ KeyId: keyArn, CiphertextBlob: ciphertext, EncryptionAlgorithm: "RSAES_OAEP_SHA_256" }),
      { abortSignal: AbortSignal.timeout(Math.max(1, Math.floor(timeoutMs))) },
    );
    if ($metadata.requestId !== undefined) tellRequestId($metadata.requestId);
    if (KeyId !== keyArn) return new FieldsealError("kms_key_mismatch");
    return Plaintext ?? new FieldsealError("token_invalid");
  } catch (error) {
    return new FieldsealError(codeOf(error));
  }
}

function codeOf(error: unknown): ErrorCode {
  const { name, $metadata: metadata }: Readonly<Record<string, unknown>> = Object(error);
  if (typeof name === "string" && Object.hasOwn(codes, name)) return codes[name] ?? "kms_unavailable";
  // From something in front of KMS, without an error's name.
  return Object(metadata)["httpStatusCode"] === 429 ? "kms_throttled" : "kms_unavailable";
}
