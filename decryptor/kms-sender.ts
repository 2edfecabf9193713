/** Sends calls to KMS within the time of an invocation: at the shared pace, and again after an outage. */
import { setTimeout as sleep } from "node:timers/promises";
import { type ErrorCode, FieldsealError } from "../core/errors.ts";
import type { Pace } from "./call-budget.ts";
import { boundTimer, type CallSlots } from "./call-slots.ts";
import type { KmsAnswer, KmsCall, KmsResult } from "./kms-calls.ts";
import { codeOfKmsError, isRetried, requestIdOfKmsError } from "./kms-errors.ts";

/**
 * Milliseconds for the first try. KMS answers in milliseconds, so a try that hangs ends early and leaves time for
 * others. Each later try may take twice as long as the one before, in case KMS is slow.
 */
const firstTryMs = 3_000;

/**
 * Milliseconds that a try needs to tell anything about KMS. If the deadline cuts off a shorter try, its code would
 * report an outage, and hide the throttling or the spent budget that took the time before.
 */
const shortestTryMs = 200;

const firstPauseMs = 50;
const longestPauseMs = 2_000;

/** The most ids in a line, since logs cut off longer lines. `calls` counts all of them. */
const maxRequestIds = 2_000;

/** The form of KMS's request ids. A proxy in front of KMS may send anything. */
const requestIdPattern = /^[A-Za-z0-9-]{1,64}$/;

/** The use that an invocation made of KMS, for its audit line. */
export interface KmsUsage {
  /** The number of tries. A call may take several. */
  readonly calls: number;
  /** The number of content keys from the cache, without a call. */
  readonly cached: number;
  readonly requestIds: readonly string[];
}

/** Sends a call until it succeeds, fails for good, or has no time left. Does not reject. */
export type SendToKms = (call: KmsCall) => Promise<KmsResult>;

/** The parts that one invocation sends with. */
export interface SenderParts {
  /** Milliseconds left for calls. */
  readonly leftMs: () => number;
  /** Shared by all invocations, like `slots`. */
  readonly pace: Pace;
  readonly slots: CallSlots;
  /** Counts the tries and lists the ids of their answers. */
  readonly usage: { calls: number; readonly requestIds: string[] };
}

/** Sends the calls of one invocation. Without time left, a call fails with the code of what took the time. */
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

/** `cutOff` is true if the time was over before the answer came. */
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
