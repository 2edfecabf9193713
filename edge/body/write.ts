/** The last step of a body: writes tokens into its text, and applies its codings again. */

import { writeEncryption } from "../../core/encrypt/encrypt-text.ts";
import type { TokenWriter } from "../../core/encrypt/token-writer.ts";
import { FieldsealError } from "../../core/errors.ts";
import { encodingOf } from "../../core/rule/formats.ts";
import { applyCodings } from "../../core/text/content-coding.ts";
import type { BodyPlan } from "./plan.ts";

/** The bytes of a body with its tokens. Throws `body_too_large`, and the errors of `writeEncryption`. */
export function writeBody({ plan, format, codings, maxBodyBytes }: BodyPlan, writeToken: TokenWriter): Buffer {
  const text = writeEncryption(plan, writeToken);
  const bytes = applyCodings(Buffer.from(text, encodingOf(format)), codings);
  if (bytes.length > maxBodyBytes) throw new FieldsealError("body_too_large");
  return bytes;
}
