/** The table of operations, by their names in requests. */

import { createAlias, deleteAlias, listAliases, updateAlias } from "./alias-operations.ts";
import { decrypt, encrypt, reEncrypt } from "./cipher-operations.ts";
import type { Operation } from "./context.ts";
import { deleteImportedKeyMaterial, getParametersForImport, importKeyMaterial } from "./import-operations.ts";
import { createKey } from "./key-creation.ts";
import { describeKey, getPublicKey, listKeys } from "./key-operations.ts";
import { cancelKeyDeletion, disableKey, enableKey, scheduleKeyDeletion } from "./key-state-operations.ts";
import { generateMac, verifyMac } from "./mac-operations.ts";

/** The operations. Another name gives UnknownOperationException. */
export const operations: ReadonlyMap<string, Operation> = new Map([
  ["CancelKeyDeletion", cancelKeyDeletion],
  ["CreateAlias", createAlias],
  ["CreateKey", createKey],
  ["Decrypt", decrypt],
  ["DeleteAlias", deleteAlias],
  ["DeleteImportedKeyMaterial", deleteImportedKeyMaterial],
  ["DescribeKey", describeKey],
  ["DisableKey", disableKey],
  ["EnableKey", enableKey],
  ["Encrypt", encrypt],
  ["GenerateMac", generateMac],
  ["GetParametersForImport", getParametersForImport],
  ["GetPublicKey", getPublicKey],
  ["ImportKeyMaterial", importKeyMaterial],
  ["ListAliases", listAliases],
  ["ListKeys", listKeys],
  ["ReEncrypt", reEncrypt],
  ["ScheduleKeyDeletion", scheduleKeyDeletion],
  ["UpdateAlias", updateAlias],
  ["VerifyMac", verifyMac],
]);
