/** Sends calls to KMS within the time that an invocation has: in turn, at the shared pace, again after an outage. */
import { setTimeout as sleep } from "node:timers/promises";
import { type ErrorCode, FieldsealError } from "../core/errors.ts";
import type { Pace } from "./call-budget.ts";
import { boundTimer, type CallSlots } from "./call-slots.ts";
import type { KmsAnswer, KmsCall, KmsResult } from "./kms-calls.ts";
import { codeOfKmsError, isRetried, requestIdOfKmsError } from "./kms-errors.ts";

/**
 * KMS answers in milliseconds, so a first try that hangs is cut off early and leaves time for others. Each later try
 * may take twice as long as the one before it, for a KMS that is slow.
 */
const firstTryMs = 3_000;

/**
 * When the deadline cuts off a try that had less time than this, the try says nothing of KMS: its code would report an
 * outage instead of the throttling, or the used-up budget, that took the time before.
 */
const shortestTryMs = 200;

const firstPauseMs = 50;
const longestPauseMs = 2_000;

/** More ids would make audit lines that logs cut off; `calls` counts all of them. */
const maxRequestIds = 2_000;

/** What an id of KMS looks like. Something in front of KMS may send anything. */
const requestIdPattern = /^[A-Za-z0-9-]{1,64}$/;

/** What an invocation asked of KMS, for its audit line. */
export interface KmsUsage {
  /** Tries that were sent, counting each try of a call. */
  readonly calls: number;
  /** Content keys that came from the cache, without a call. */
  readonly cached: number;
  readonly requestIds: readonly string[];
}

/** Sends a call until it succeeds, fails for good, or has no time left. It does not reject. */
export type SendToKms = (call: KmsCall) => Promise<KmsResult>;

/** What one invocation sends with. */
export interface SenderParts {
  /** How many milliseconds are left for calls. */
  readonly leftMs: () => number;
  /** Shared by all invocations, like `slots`. */
  readonly pace: Pace;
  readonly slots: CallSlots;
  /** Counts the tries and lists the ids of their answers. */
  readonly usage: { calls: number; readonly requestIds: string[] };
}

/** Sends the calls of one invocation. A call that finds no time left fails with the code of what took the time. */
export function createSender(parts: SenderParts): SendToKms {
  const { leftMs } = parts;
  const sendOnce = createSendOnce(parts);
  return async (call) => {
    for (let tries = 0; ; tries++) {
      const result = await sendOnce(call, firstTryMs * 2 ** tries);
      if (!(result instanceof FieldsealError) || !isRetried(result.code)) return result;
      const highest = Math.min(longestPauseMs, firstPauseMs * 2 ** tries);
      const pauseMs = highest / 2 + (Math.random() * highest) / 2;
      if (leftMs() <= pauseMs + shortestTryMs) return result;
      await sleep(pauseMs);
    }
  };
}

type SendOnce = (call: KmsCall, longestTryMs: number) => Promise<KmsResult>;

function createSendOnce({ leftMs, pace, slots, usage }: SenderParts): SendOnce {
  let tookTime: ErrorCode = "out_of_time";
  const longestWaitMs = (): number => Math.max(0, leftMs() - shortestTryMs);
  const sendAtPace: SendOnce = async (call, longestTryMs) => {
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
  const sendNow: SendOnce = async (call, longestTryMs) => {
    usage.calls++;
    const tryMs = Math.min(longestTryMs, leftMs());
    const { result, requestId, cutOff } = await tryWithin(tryMs, call);
    if (cutOff && tryMs < shortestTryMs) return new FieldsealError(tookTime);
    if (requestId !== undefined && requestIdPattern.test(requestId) && usage.requestIds.length < maxRequestIds)
      usage.requestIds.push(requestId);
    if (result instanceof FieldsealError && isRetried(result.code)) tookTime = result.code;
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

/** `cutOff` where the time was over before the answer came. */
async function tryWithin(timeoutMs: number, call: KmsCall): Promise<KmsAnswer & { readonly cutOff: boolean }> {
  const abortSignal = AbortSignal.timeout(Math.max(1, Math.floor(timeoutMs)));
  try {
    return { ...(await call({ abortSignal })), cutOff: false };
  } catch (error) {
    return {
      result: new FieldsealError(codeOfKmsError(error)),
      requestId: requestIdOfKmsError(error),
      cutOff: abortSignal.aborted,
    };
  }
}
