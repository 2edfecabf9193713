/** Maps each error of KMS to one of this project's codes. */
import type { ErrorCode } from "../core/errors.ts";

/**
 * Codes by the names of KMS's errors (KMS API Reference, "Decrypt" and "Common Error Types"). All kinds of bad
 * ciphertext share one code.
 */
const codes: Readonly<Record<string, ErrorCode>> = {
  InvalidCiphertextException: "token_invalid",
  IncorrectKeyException: "token_invalid",
  AccessDeniedException: "kms_denied",
  CredentialsProviderError: "kms_denied",
  ExpiredTokenException: "kms_denied",
  IncompleteSignature: "kms_denied",
  IncompleteSignatureException: "kms_denied",
  InvalidClientTokenId: "kms_denied",
  InvalidSignatureException: "kms_denied",
  MissingAuthenticationToken: "kms_denied",
  MissingAuthenticationTokenException: "kms_denied",
  NotAuthorized: "kms_denied",
  OptInRequired: "kms_denied",
  RequestExpired: "kms_denied",
  UnrecognizedClientException: "kms_denied",
  DisabledException: "kms_key_unusable",
  InvalidArnException: "kms_key_unusable",
  InvalidKeyUsageException: "kms_key_unusable",
  KMSInvalidStateException: "kms_key_unusable",
  NotFoundException: "kms_key_unusable",
  UnsupportedOperationException: "kms_key_unusable",
  ValidationException: "kms_key_unusable",
  LimitExceededException: "kms_throttled",
  RequestLimitExceeded: "kms_throttled",
  SlowDown: "kms_throttled",
  ThrottledException: "kms_throttled",
  Throttling: "kms_throttled",
  ThrottlingException: "kms_throttled",
  TooManyRequestsException: "kms_throttled",
};

/** Codes by HTTP status, for answers without an error name. They come from a proxy in front of KMS. */
const codesByStatus: ReadonlyMap<unknown, ErrorCode> = new Map<unknown, ErrorCode>([
  [401, "kms_denied"],
  [403, "kms_denied"],
  [429, "kms_throttled"],
]);

const retried: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["kms_throttled", "kms_unavailable"]);

/**
 * The code of an error that the SDK threw. An unknown error is `kms_unavailable`: an outage of KMS, of the network or
 * of the service that gives credentials.
 */
export function codeOfKmsError(error: unknown): ErrorCode {
  const { name, $metadata: metadata }: Readonly<Record<string, unknown>> = Object(error);
  // The SDK has set its clock by the answer, so it signs the next try with the right time.
  if (Object(metadata)["clockSkewCorrected"] === true) return "kms_unavailable";
  if (typeof name === "string" && Object.hasOwn(codes, name)) return codes[name] ?? "kms_unavailable";
  return codesByStatus.get(Object(metadata)["httpStatusCode"]) ?? "kms_unavailable";
}

/** The request id of an SDK error; `undefined` if no answer came. */
export function requestIdOfKmsError(error: unknown): string | undefined {
  const requestId: unknown = Object(Object(error)["$metadata"])["requestId"];
  return typeof requestId === "string" ? requestId : undefined;
}

/** True if a call that failed with this code gets another try while time is left. */
export function isRetried(code: ErrorCode): boolean {
  return retried.has(code);
}
