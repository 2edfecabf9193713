/** What the SDK throws, and the code that a reader makes of it. */
import { expect, test } from "@jest/globals";
import { codeOfKmsError, isRetried, requestIdOfKmsError } from "../../decryptor/kms-errors.ts";

test.each<readonly [thrown: unknown, code: string, why: string]>([
  [{ name: "InvalidCiphertextException" }, "token_invalid", "a ciphertext of no key"],
  [{ name: "IncorrectKeyException" }, "token_invalid", "a ciphertext of another key: no other code may tell"],
  [{ name: "AccessDeniedException" }, "kms_denied", "a role without the right"],
  [{ name: "KMSInvalidStateException" }, "kms_key_unusable", "a key that waits for deletion"],
  [{ name: "ThrottlingException" }, "kms_throttled", "a quota"],
  [{ name: "KMSInternalException" }, "kms_unavailable", "an error that no table lists"],
  [{ name: "constructor" }, "kms_unavailable", "a name that every object has"],
  [{ name: "Unknown", $metadata: { httpStatusCode: 403 } }, "kms_denied", "no name, but a status"],
  [{ name: "Unknown", $metadata: { httpStatusCode: 429 } }, "kms_throttled", "no name, but a status"],
  [{ name: "Unknown", $metadata: { httpStatusCode: 500 } }, "kms_unavailable", "a status that no table lists"],
  [{ name: "DisabledException", $metadata: { httpStatusCode: 403 } }, "kms_key_unusable", "the name counts first"],
  [
    { name: "InvalidSignatureException", $metadata: { clockSkewCorrected: true } },
    "kms_unavailable",
    "a clock that is right by now",
  ],
  [undefined, "kms_unavailable", "nothing"],
  ["text", "kms_unavailable", "no error"],
])("%j is %s: %s", (thrown, code) => {
  expect(codeOfKmsError(thrown)).toBe(code);
});

test.each<readonly [thrown: unknown, requestId: string | undefined]>([
  [{ $metadata: { requestId: "a-1" } }, "a-1"],
  [{ $metadata: { requestId: 1 } }, undefined],
  [{ $metadata: {} }, undefined],
  [new Error("reset"), undefined],
  [null, undefined],
])("the request id of %j", (thrown, requestId) => {
  expect(requestIdOfKmsError(thrown)).toBe(requestId);
});

test.each([
  ["kms_throttled", true],
  ["kms_unavailable", true],
  ["kms_denied", false],
  ["kms_key_unusable", false],
  ["token_invalid", false],
] as const)("%s is tried again: %p", (code, expected) => {
  expect(isRetried(code)).toBe(expected);
});
