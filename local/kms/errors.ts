/** The errors that KMS answers with: the real names and statuses, and the body that carries them. */

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

  // Never raised here, only injected: nobody is denied, nothing is out of reach, and an RSA ciphertext names no key
  // that could be the wrong one.
  AccessDeniedException: 400,
  DependencyTimeoutException: 500,
  IncorrectKeyException: 400,
  KeyUnavailableException: 500,
  ThrottlingException: 400,
} as const;

/** The name of an error, as KMS spells it. */
export type KmsErrorName = keyof typeof statuses;

/** A refusal, for the caller. The message quotes identifiers at most, never a plaintext or ciphertext. */
export class KmsError extends Error {
  override readonly name: KmsErrorName;

  constructor(name: KmsErrorName, message = "") {
    super(message);
    this.name = name;
  }
}

/** The status and JSON body of an error. As in the real service, an empty message is left out. */
export function formatError({ name, message }: KmsError): { readonly status: number; readonly body: string } {
  const body = message === "" ? { __type: name } : { __type: name, message };
  return { status: statuses[name], body: JSON.stringify(body) };
}
