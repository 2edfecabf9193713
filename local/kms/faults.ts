/** Faults that tests and benches of KMS's callers inject into calls. */

import type { KmsErrorName } from "./errors.ts";

/** A call that has arrived and is about to be answered. */
export interface KmsCall {
  /** The operation as the request names it, known or not. */
  readonly operation: string;
  readonly region: string;
  /** The key as the request names it: `KeyId`, or `SourceKeyId` of a ReEncrypt. */
  readonly keyId: string | undefined;
  /** 1 for the first call since the start. */
  readonly number: number;
}

/** What goes wrong with a call. Only the last three kinds let the operation happen. */
export type Fault =
  /** An error of KMS, such as ThrottlingException or KMSInternalException. */
  | { readonly kind: "error"; readonly name: KmsErrorName; readonly message?: string }
  /** A bare status, such as 503, as from something in front of KMS. */
  | { readonly kind: "status"; readonly status: number }
  /** The connection breaks (TCP RST) without an answer. */
  | { readonly kind: "reset" }
  /** The answer comes late. */
  | { readonly kind: "delay"; readonly delayMs: number }
  /** The answer's head comes at once, its body late. */
  | { readonly kind: "stall"; readonly delayMs: number }
  /** The answer is given with these members in place of its own, such as another KeyId; undefined takes one away. */
  | { readonly kind: "answer"; readonly members: Readonly<Record<string, unknown>> };

/** Asked before each call is answered. It may wait; undefined lets the call through. */
export type Intercept = (call: KmsCall) => Promise<Fault | undefined>;
