/** The operations of this KMS by the names that requests call them. */

import { createAlias, deleteAlias, listAliases, updateAlias } from "./alias-operations.ts";
import { generateMac, verifyMac } from "./mac-operations.ts";
import { decrypt, encrypt, reEncrypt } from "./cipher-operations.ts";
import type { Operation } from "./context.ts";
import {
  cancelKeyDeletion,
  createKey,
  describeKey,
  disableKey,
  enableKey,
  getPublicKey,
  listKeys,
  scheduleKeyDeletion,
} from "./key-operations.ts";

export const operations: ReadonlyMap<string, Operation> = new Map([
  ["CancelKeyDeletion", cancelKeyDeletion],
  ["CreateAlias", createAlias],
  ["CreateKey", createKey],
  ["Decrypt", decrypt],
  ["DeleteAlias", deleteAlias],
  ["DescribeKey", describeKey],
  ["DisableKey", disableKey],
  ["EnableKey", enableKey],
  ["Encrypt", encrypt],
  ["GenerateMac", generateMac],
  ["GetPublicKey", getPublicKey],
  ["ListAliases", listAliases],
  ["ListKeys", listKeys],
  ["ReEncrypt", reEncrypt],
  ["ScheduleKeyDeletion", scheduleKeyDeletion],
  ["UpdateAlias", updateAlias],
  ["VerifyMac", verifyMac],
]);
