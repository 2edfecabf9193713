/** The names of keys and aliases (ids, ARNs, alias names), and the Region of a request. */

import { KmsError } from "./errors.ts";

/** The account and Region whose keys a request sees. */
export interface Scope {
  readonly accountId: string;
  readonly region: string;
}

/** What a `KeyId` in a request names. */
export type KeyReference =
  | { readonly kind: "key"; readonly keyId: string }
  | { readonly kind: "alias"; readonly aliasName: string };

const keyIdPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const arnPattern = /^arn:[a-z-]+:kms:([^:]*):([^:]*):(key\/|alias\/)([^:]+)$/;

/** True for the form of a key id, a UUID in lower case. */
export function isKeyId(text: string): boolean {
  return keyIdPattern.test(text);
}

/** The ARN of a key. */
export function formatKeyArn(scope: Scope, keyId: string): string {
  return `${arnPrefix(scope)}key/${keyId}`;
}

/** The ARN of an alias, whose name begins with `alias/`. */
export function formatAliasArn(scope: Scope, aliasName: string): string {
  return `${arnPrefix(scope)}${aliasName}`;
}

function arnPrefix({ accountId, region }: Scope): string {
  return `arn:${partitionOf(region)}:kms:${region}:${accountId}:`;
}

function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/**
 * Parses a key id, key ARN, alias name or alias ARN. Throws NotFoundException for anything else, and for an ARN of
 * another account or Region: this KMS has no other.
 */
export function parseKeyReference(text: string, scope: Scope): KeyReference {
  if (text.startsWith("arn:")) return parseArn(text, scope);
  if (text.startsWith("alias/")) return { kind: "alias", aliasName: text };
  if (!isKeyId(text)) throw new KmsError("NotFoundException", `Invalid keyId '${text}'`);
  return { kind: "key", keyId: text };
}

function parseArn(arn: string, scope: Scope): KeyReference {
  const [, region, accountId, resource, name = ""] = arnPattern.exec(arn) ?? [];
  if (resource === undefined) throw new KmsError("NotFoundException", `Invalid keyId '${arn}'`);
  if (region !== scope.region) throw new KmsError("NotFoundException", `Invalid arn ${region}`);
  if (accountId !== scope.accountId) throw missingKey(arn);
  return resource === "alias/" ? { kind: "alias", aliasName: `alias/${name}` } : { kind: "key", keyId: name };
}

/** The error for a key that does not exist. */
export function missingKey(arn: string): KmsError {
  return new KmsError("NotFoundException", `Key '${arn}' does not exist`);
}

/** The error for an alias that does not exist. */
export function missingAlias(scope: Scope, aliasName: string): KmsError {
  return new KmsError("NotFoundException", `Alias ${formatAliasArn(scope, aliasName)} is not found.`);
}

/**
 * The Region in the credential scope of a Signature Version 4 `Authorization` header; `undefined` if the header is
 * absent, or has version 4A, whose scope has no Region.
 */
export function parseRegion(authorization: string | undefined): string | undefined {
  return /\/\d{8}\/((?:[a-z]+-){2,3}\d+)\/kms\/aws4_request/.exec(authorization ?? "")?.[1];
}
