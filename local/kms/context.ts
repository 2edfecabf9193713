/** What an operation works with, and how it finds the key that a request names. */

import type { AliasStore } from "./alias-store.ts";
import { KmsError } from "./errors.ts";
import { formatKeyArn, missingAlias, missingKey, parseKeyReference, type Scope } from "./identifiers.ts";
import { type Input, parseFlag, parseText, requireMember } from "./input.ts";
import type { KeyRecord, KeyStore } from "./key-store.ts";

/** One request's surroundings. */
export interface Context {
  readonly store: KeyStore & AliasStore;
  readonly scope: Scope;
  /** The time of the request in milliseconds since 1970. Keys whose deletion is due by then are gone already. */
  readonly now: number;
}

/** The answer to a request; undefined where the real service answers with an empty body. */
export type Output = Readonly<Record<string, unknown>> | undefined;

/** Does what a request asks for. Throws a KmsError, without having changed anything, when it is refused. */
export type Operation = (input: Input, context: Context) => Output | Promise<Output>;

/** What KMS allows a key id, ARN or alias name to measure. */
export const keyIdLength = { min: 1, max: 2048 };

/** The key that a member names by key id, key ARN, alias name or alias ARN. Throws NotFoundException. */
export function requireKey(input: Input, member: string, context: Context): KeyRecord {
  const text = requireMember(parseText(input, member, keyIdLength), member);
  return findByReference(text, context);
}

/** The key that a member names by key id or key ARN, for operations that do not take aliases. */
export function requireKeyItself(input: Input, member: string, context: Context): KeyRecord {
  const text = requireMember(parseText(input, member, keyIdLength), member);
  const { kind } = parseKeyReference(text, context.scope);
  if (kind === "alias") throw new KmsError("NotFoundException", `Invalid keyId '${text}'`);
  return findByReference(text, context);
}

function findByReference(text: string, { store, scope }: Context): KeyRecord {
  const reference = parseKeyReference(text, scope);
  const keyId = reference.kind === "key" ? reference.keyId : store.findAlias(scope.region, reference.aliasName)?.keyId;
  if (keyId === undefined) throw missingAlias(scope, text.slice(text.indexOf("alias/")));
  const key = store.findKey(scope.region, keyId);
  if (key === undefined) throw missingKey(formatKeyArn(scope, keyId));
  return key;
}

/** A time as the protocol has it: seconds since 1970. */
export function formatTime(timeMs: number): number {
  return timeMs / 1000;
}

/** The ARN of a key. */
export function arnOf({ keyId }: KeyRecord, { scope }: Context): string {
  return formatKeyArn(scope, keyId);
}

/** The key must be enabled. Throws DisabledException or KMSInvalidStateException. */
export function requireUsable(key: KeyRecord, context: Context): void {
  requireNotPendingDeletion(key, context);
  requireNotPendingImport(key, context);
  if (key.state === "Disabled") throw new KmsError("DisabledException", `${arnOf(key, context)} is disabled.`);
}

/** The key must not be on its way out. Throws KMSInvalidStateException. */
export function requireNotPendingDeletion(key: KeyRecord, context: Context): void {
  if (key.state !== "PendingDeletion") return;
  throw new KmsError("KMSInvalidStateException", `${arnOf(key, context)} is pending deletion.`);
}

/** The key must have its material. Throws KMSInvalidStateException. */
export function requireNotPendingImport(key: KeyRecord, context: Context): void {
  if (key.state !== "PendingImport") return;
  throw new KmsError("KMSInvalidStateException", `${arnOf(key, context)} is pending import.`);
}

/** Throws DryRunOperationException for a dry run: to be called where the request has succeeded but for its answer. */
export function requireNoDryRun(input: Input): void {
  if (!parseFlag(input, "DryRun")) return;
  throw new KmsError("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.");
}
