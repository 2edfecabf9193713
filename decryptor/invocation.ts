/** The events that the decryptor answers. */
import type { EncryptedText } from "../core/decrypt-body.ts";
import { FieldsealError } from "../core/errors.ts";
import { isRecord } from "../core/shape.ts";

/**
 * A direct invocation: `{ "body": "…", "contentType"?, "onFailure"?: "fail" | "keep" }`.
 * Throws `unknown_event` or `request_invalid`.
 */
export function parseInvocation(event: unknown): EncryptedText {
  if (!isRecord(event) || !Object.hasOwn(event, "body")) {
    throw new FieldsealError("unknown_event", { reason: 'Looked for a direct invocation: { "body": "…" }.' });
  }
  const { body, contentType, onFailure = "fail", ...others } = event;
  if (Object.keys(others).length > 0) {
    throw new FieldsealError("unknown_event", {
      reason: 'Looked for a direct invocation with body, contentType and onFailure, and no other member.',
    });
  }
  if (typeof body !== "string") throw new FieldsealError("request_invalid", { reason: "body is not a string." });
  if (contentType !== undefined && typeof contentType !== "string") {
    throw new FieldsealError("request_invalid", { reason: "contentType is not a string." });
  }
  if (onFailure !== "fail" && onFailure !== "keep") {
    throw new FieldsealError("request_invalid", { reason: 'onFailure is "fail" or "keep".' });
  }
  return { body, contentType, onFailure };
}
