/** Operations on aliases. */

import type { AliasRecord } from "./alias-store.ts";
import {
  type Context,
  formatTime,
  keyIdLength,
  type Operation,
  requireKeyItself,
  requireNotPendingDeletion,
} from "./context.ts";
import { KmsError } from "./errors.ts";
import { formatAliasArn, missingAlias } from "./identifiers.ts";
import { type Input, parseText, requireMember, violation } from "./input.ts";
import type { KeyRecord } from "./key-store.ts";
import { type Page, parsePage, readPage } from "./pages.ts";

/** CreateAlias. */
export const createAlias: Operation = (input, context) => {
  const aliasName = parseAliasName(input);
  requireOwnName(aliasName);
  const { store, scope, now } = context;
  const key = requireTarget(input, context);
  if (store.findAlias(scope.region, aliasName) !== undefined) {
    const arn = formatAliasArn(scope, aliasName);
    throw new KmsError("AlreadyExistsException", `An alias with the name ${arn} already exists`);
  }
  store.insertAlias({ region: scope.region, aliasName, keyId: key.keyId, createdAt: now, updatedAt: now });
  return undefined;
};

/** UpdateAlias. The key that the alias named before may be in any state. */
export const updateAlias: Operation = (input, context) => {
  const alias = requireAlias(input, context);
  const key = requireTarget(input, context);
  context.store.writeTarget(alias, key.keyId, context.now);
  return undefined;
};

/** DeleteAlias. */
export const deleteAlias: Operation = (input, context) => {
  context.store.deleteAlias(requireAlias(input, context));
  return undefined;
};

/** ListAliases: all, or those of one key; 50 to a page by default. */
export const listAliases: Operation = (input, context) => {
  const { store, scope } = context;
  const isFiltered = parseText(input, "KeyId", keyIdLength) !== undefined;
  const keyId = isFiltered ? requireKeyItself(input, "KeyId", context).keyId : undefined;
  const list = (page: Page) => store.listAliases(scope.region, page, keyId);
  const { shown, ending } = readPage(parsePage(input, 50), list, ({ aliasName }) => aliasName);
  return { Aliases: shown.map((alias) => formatAlias(alias, context)), ...ending };
};

function formatAlias({ aliasName, keyId, createdAt, updatedAt }: AliasRecord, { scope }: Context) {
  return {
    AliasName: aliasName,
    AliasArn: formatAliasArn(scope, aliasName),
    TargetKeyId: keyId,
    CreationDate: formatTime(createdAt),
    LastUpdatedDate: formatTime(updatedAt),
  };
}

function parseAliasName(input: Input): string {
  const aliasName = requireMember(parseText(input, "AliasName", { min: 1, max: 256 }), "AliasName");
  if (!/^[a-zA-Z0-9:/_-]+$/.test(aliasName)) {
    throw violation("AliasName", "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$", aliasName);
  }
  if (aliasName.startsWith("alias/")) return aliasName;
  const page = "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html";
  throw new KmsError("ValidationException", `Alias must start with the prefix "alias/". Please see ${page}`);
}

/** Requires a customer's alias: a name without a colon that is not reserved for keys of AWS. */
function requireOwnName(aliasName: string): void {
  if (aliasName.startsWith("alias/aws/")) throw new KmsError("NotAuthorizedException");
  if (aliasName !== "alias/" && !aliasName.includes(":")) return;
  throw new KmsError("InvalidAliasNameException", `${aliasName} contains invalid characters for an alias`);
}

function requireAlias(input: Input, { store, scope }: Context): AliasRecord {
  const aliasName = parseAliasName(input);
  const alias = store.findAlias(scope.region, aliasName);
  if (alias === undefined) throw missingAlias(scope, aliasName);
  return alias;
}

function requireTarget(input: Input, context: Context): KeyRecord {
  const target = requireMember(parseText(input, "TargetKeyId", keyIdLength), "TargetKeyId");
  if (/^(arn:[^/]*:)?alias\//.test(target)) {
    throw new KmsError("ValidationException", "Aliases must refer to keys. Not aliases");
  }
  const key = requireKeyItself(input, "TargetKeyId", context);
  requireNotPendingDeletion(key, context);
  return key;
}
