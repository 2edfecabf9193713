/** The errors of KMS: their names, statuses and bodies. */

/**
 * The HTTP status that goes with each name. The service model gives NotFoundException 404 and DryRunOperationException
 * 412, but over this protocol the service answers 400 to every mistake of the client.
 */
const statuses = {
  AlreadyExistsException: 400,
  DisabledException: 400,
  DryRunOperationException: 400,
  ExpiredImportTokenException: 400,
  IncorrectKeyMaterialException: 400,
  InvalidAliasNameException: 400,
  InvalidCiphertextException: 400,
  InvalidImportTokenException: 400,
  InvalidKeyUsageException: 400,
  InvalidMarkerException: 400,
  InvalidSignatureException: 400,
  KMSInternalException: 500,
  KMSInvalidMacException: 400,
  KMSInvalidStateException: 400,
  NotAuthorizedException: 400,
  NotFoundException: 400,
  SerializationException: 400,
  UnknownOperationException: 400,
  UnsupportedOperationException: 400,
  ValidationException: 400,

  // Only injected, never raised here: this KMS denies nobody, reaches everything, and an RSA ciphertext does not name a
  // key that could be wrong.
  AccessDeniedException: 400,
  DependencyTimeoutException: 500,
  IncorrectKeyException: 400,
  KeyUnavailableException: 500,
  ThrottlingException: 400,
} as const;

/** The name of an error, as KMS spells it. */
export type KmsErrorName = keyof typeof statuses;

/** A refusal. Its message may quote identifiers, never a plaintext or ciphertext. */
export class KmsError extends Error {
  override readonly name: KmsErrorName;

  constructor(name: KmsErrorName, message = "") {
    super(message);
    this.name = name;
  }
}

/** The status and JSON body of an error. As in the real service, an empty message is absent. */
export function formatError({ name, message }: KmsError): { readonly status: number; readonly body: string } {
  const body = message === "" ? { __type: name } : { __type: name, message };
  return { status: statuses[name], body: JSON.stringify(body) };
}
