/** The events that the decryptor answers. */
import type { EncryptedText } from "../core/decryption.ts";
import { FieldsealError } from "../core/errors.ts";
import { isRecord } from "../core/shape.ts";

export interface Invocation extends EncryptedText {
  /** Whether the body came, and goes back, in base64: for bodies that are no text. */
  readonly base64: boolean;
}

/**
 * A direct invocation: `{ "body": "…", "contentType"?, "onFailure"?: "fail" | "keep", "isBase64Encoded"? }`.
 * Throws `unknown_event` or `request_invalid`.
 */
export function parseInvocation(event: unknown): Invocation {
  if (!isRecord(event) || !Object.hasOwn(event, "body")) {
    throw new FieldsealError("unknown_event", { reason: 'Looked for a direct invocation: { "body": "…" }.' });
  }
  const { body, contentType, onFailure = "fail", isBase64Encoded = false, ...others } = event;
  if (Object.keys(others).length > 0) {
    throw new FieldsealError("unknown_event", {
      reason: 'Looked for a direct invocation with body, contentType, onFailure and isBase64Encoded, and no other member.',
    });
  }
  if (typeof body !== "string" || !body.isWellFormed()) {
    throw new FieldsealError("request_invalid", { reason: "body is not a well-formed string." });
  }
  if (contentType !== undefined && typeof contentType !== "string") {
    throw new FieldsealError("request_invalid", { reason: "contentType is not a string." });
  }
  if (onFailure !== "fail" && onFailure !== "keep") {
    throw new FieldsealError("request_invalid", { reason: 'onFailure is "fail" or "keep".' });
  }
  if (typeof isBase64Encoded !== "boolean") {
    throw new FieldsealError("request_invalid", { reason: "isBase64Encoded is neither true nor false." });
  }
  return { body: Buffer.from(body, isBase64Encoded ? "base64" : "utf8"), contentType, onFailure, base64: isBase64Encoded };
}
