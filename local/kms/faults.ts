/** Faults that tests and benchmarks of KMS's callers inject. */

import type { KmsErrorName } from "./errors.ts";

/** A call before its answer. */
export interface KmsCall {
  /** The name in the request, known or not. */
  readonly operation: string;
  readonly region: string;
  /** The key in the request: `KeyId`, or `SourceKeyId` of a ReEncrypt. */
  readonly keyId: string | undefined;
  /** 1 for the first call since the start. */
  readonly number: number;
}

/** A fault. Only with the last three kinds does the operation happen. */
export type Fault =
  /** An error of KMS, such as ThrottlingException or KMSInternalException. */
  | { readonly kind: "error"; readonly name: KmsErrorName; readonly message?: string }
  /** A bare status, such as 503, as from a proxy before KMS. */
  | { readonly kind: "status"; readonly status: number }
  /** The connection breaks (TCP RST) without an answer. */
  | { readonly kind: "reset" }
  /** The answer comes late. */
  | { readonly kind: "delay"; readonly delayMs: number }
  /** The head of the answer comes at once, its body late. */
  | { readonly kind: "stall"; readonly delayMs: number }
  /** These members replace those of the answer, such as another KeyId; `undefined` removes one. */
  | { readonly kind: "answer"; readonly members: Readonly<Record<string, unknown>> };

/** Called before each answer. It may wait. Gives the fault, or `undefined` for none. */
export type Intercept = (call: KmsCall) => Promise<Fault | undefined>;
