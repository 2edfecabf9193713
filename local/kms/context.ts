/** What an operation works with, and how it finds the key in a request. */

import type { AliasStore } from "./alias-store.ts";
import { KmsError } from "./errors.ts";
import { formatKeyArn, missingAlias, missingKey, parseKeyReference, type Scope } from "./identifiers.ts";
import { type Input, parseFlag, parseText, requireMember } from "./input.ts";
import type { KeyRecord, KeyStore } from "./key-store.ts";

/** The context of one request. */
export interface Context {
  readonly store: KeyStore & AliasStore;
  readonly scope: Scope;
  /** The time of the request in milliseconds since 1970. Keys whose deletion was due are deleted. */
  readonly now: number;
}

/** The answer to a request; `undefined` if the real service answers with an empty body. */
export type Output = Readonly<Record<string, unknown>> | undefined;

/** Carries out a request. Throws a KmsError if it refuses, and then changes nothing. */
export type Operation = (input: Input, context: Context) => Output | Promise<Output>;

/** The length that KMS allows for a key id, ARN or alias name. */
export const keyIdLength = { min: 1, max: 2048 };

/** The key in a member: a key id, key ARN, alias name or alias ARN. Throws NotFoundException. */
export function requireKey(input: Input, member: string, context: Context): KeyRecord {
  const text = requireMember(parseText(input, member, keyIdLength), member);
  return findByReference(text, context);
}

/** The key in a member, for operations that take no alias: a key id or key ARN. Throws NotFoundException. */
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

/** A time as in the protocol: seconds since 1970. */
export function formatTime(timeMs: number): number {
  return timeMs / 1000;
}

/** The ARN of a key. */
export function arnOf({ keyId }: KeyRecord, { scope }: Context): string {
  return formatKeyArn(scope, keyId);
}

/** Requires that the key is enabled. Throws DisabledException or KMSInvalidStateException. */
export function requireUsable(key: KeyRecord, context: Context): void {
  requireNotPendingDeletion(key, context);
  requireNotPendingImport(key, context);
  if (key.state === "Disabled") throw new KmsError("DisabledException", `${arnOf(key, context)} is disabled.`);
}

/** Requires that the key is not pending deletion. Throws KMSInvalidStateException. */
export function requireNotPendingDeletion(key: KeyRecord, context: Context): void {
  if (key.state !== "PendingDeletion") return;
  throw new KmsError("KMSInvalidStateException", `${arnOf(key, context)} is pending deletion.`);
}

/** Requires that the key has its material. Throws KMSInvalidStateException. */
export function requireNotPendingImport(key: KeyRecord, context: Context): void {
  if (key.state !== "PendingImport") return;
  throw new KmsError("KMSInvalidStateException", `${arnOf(key, context)} is pending import.`);
}

/** Throws DryRunOperationException for a dry run. Call it once the request has succeeded, before its answer. */
export function requireNoDryRun(input: Input): void {
  if (!parseFlag(input, "DryRun")) return;
  throw new KmsError("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.");
}
