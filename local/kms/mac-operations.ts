/** Operations that use an HMAC key: GenerateMac and VerifyMac. */
import type { KeyObject } from "node:crypto";
import { arnOf, type Context, type Operation, requireKey, requireNoDryRun, requireUsable } from "./context.ts";
import { KmsError } from "./errors.ts";
import { algorithmOf, createMac, type HmacSpec, isHmacSpec, isMac, macAlgorithms } from "./hmac.ts";
import { type Input, parseBlob, parseChoice, requireMember } from "./input.ts";

interface Authenticator {
  readonly key: KeyObject;
  readonly spec: HmacSpec;
  readonly message: Buffer;
  /** The members of the answer. */
  readonly identity: { readonly KeyId: string; readonly MacAlgorithm: string };
}

const messageLength = { min: 1, max: 4096 };

/** GenerateMac: 1 to 4,096 bytes. */
export const generateMac: Operation = (input, context) => {
  const { key, spec, message, identity } = requireAuthenticator(input, context);
  requireNoDryRun(input);
  return { Mac: createMac(key, spec, message).toString("base64"), ...identity };
};

/** VerifyMac: a wrong code is an error, not an answer. */
export const verifyMac: Operation = (input, context) => {
  const mac = requireMember(parseBlob(input, "Mac", { min: 1, max: 6144 }), "Mac");
  const { key, spec, message, identity } = requireAuthenticator(input, context);
  if (!isMac(key, spec, message, mac)) throw new KmsError("KMSInvalidMacException");
  requireNoDryRun(input);
  return { MacValid: true, ...identity };
};

function requireAuthenticator(input: Input, context: Context): Authenticator {
  const message = requireMember(parseBlob(input, "Message", messageLength), "Message");
  const algorithm = requireMember(parseChoice(input, "MacAlgorithm", macAlgorithms), "MacAlgorithm");
  const record = requireKey(input, "KeyId", context);
  requireUsable(record, context);
  const { spec } = record;
  const arn = arnOf(record, context);
  if (!isHmacSpec(spec)) {
    throw new KmsError(
      "InvalidKeyUsageException",
      `${arn} key usage is ENCRYPT_DECRYPT which is not valid for this operation.`,
    );
  }
  if (algorithmOf(spec) !== algorithm) {
    throw new KmsError("InvalidKeyUsageException", `Algorithm ${algorithm} is incompatible with key spec ${spec}.`);
  }
  return { key: context.store.findSecret(record), spec, message, identity: { KeyId: arn, MacAlgorithm: algorithm } };
}
