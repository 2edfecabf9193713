/** Operations that change the state of a key: EnableKey, DisableKey, ScheduleKeyDeletion and CancelKeyDeletion. */

import {
  arnOf,
  formatTime,
  type Operation,
  requireKeyItself,
  requireNotPendingDeletion,
  requireNotPendingImport,
} from "./context.ts";
import { KmsError } from "./errors.ts";
import { parseInteger } from "./input.ts";

const dayMs = 86_400_000;

/** EnableKey. */
export const enableKey: Operation = writeStateOf("Enabled");

/** DisableKey. */
export const disableKey: Operation = writeStateOf("Disabled");

function writeStateOf(state: "Enabled" | "Disabled"): Operation {
  return (input, context) => {
    const key = requireKeyItself(input, "KeyId", context);
    requireNotPendingDeletion(key, context);
    requireNotPendingImport(key, context);
    context.store.writeState(key, state);
    return undefined;
  };
}

/** ScheduleKeyDeletion: 7 to 30 days ahead, 30 by default. */
export const scheduleKeyDeletion: Operation = (input, context) => {
  const key = requireKeyItself(input, "KeyId", context);
  const days = parseInteger(input, "PendingWindowInDays", { min: 1, max: 365 }) ?? 30;
  if (days < 7 || days > 30) {
    throw new KmsError("ValidationException", "PendingWindowInDays must be between 7 and 30");
  }
  requireNotPendingDeletion(key, context);
  const deletionAt = context.now + days * dayMs;
  context.store.writeState(key, "PendingDeletion", deletionAt);
  return {
    KeyId: arnOf(key, context),
    DeletionDate: formatTime(deletionAt),
    KeyState: "PendingDeletion",
    PendingWindowInDays: days,
  };
};

/** CancelKeyDeletion: the key is disabled then, or pending import. */
export const cancelKeyDeletion: Operation = (input, context) => {
  const key = requireKeyItself(input, "KeyId", context);
  if (key.state !== "PendingDeletion") {
    throw new KmsError("KMSInvalidStateException", `${arnOf(key, context)} is not pending deletion.`);
  }
  context.store.writeState(key, context.store.hasMaterial(key) ? "Disabled" : "PendingImport");
  return { KeyId: arnOf(key, context) };
};
