/** Makes the payloads of tokens: direct ones for short strings, sealed ones for everything else. */
import { randomBytes } from "node:crypto";
import { FieldsealError } from "../errors.ts";
import type { Finding } from "../find/finding.ts";
import type { Rule } from "../rule/rule.ts";
import type { Recipient } from "../token/recipient.ts";
import {
  type ContentKey,
  createContentKey,
  measureSealedBytes,
  measureSealedJson,
  sealBytes,
  sealJson,
} from "../token/sealed-content.ts";

/** Gives the payload of a finding's token. Throws `value_not_direct` and `value_too_long`. */
export type TokenWriter = (finding: Finding) => string;

/**
 * The characters of a value that gets a direct token; `undefined` where it gets a sealed one. Throws `value_not_direct`
 * or `value_too_long` where the token must be direct and cannot be.
 */
export function directTextOf({ rule, value, start, sealed }: Finding): string | undefined {
  if (sealed === true || rule.token === "sealed") return undefined;
  const text = value.kind === "bytes" ? undefined : value.text;
  const byteCount = Buffer.byteLength(text ?? "", "utf8");
  if (byteCount > 0 && byteCount <= rule.recipient.capacity) return text;
  if (rule.token === "auto") return undefined;
  throw new FieldsealError(byteCount === 0 ? "value_not_direct" : "value_too_long", { rule: rule.name, offset: start });
}

/** Characters of the payload that a finding's token will have. Throws as `directTextOf` does. */
export function measurePayload(finding: Finding): number {
  const { value, rule } = finding;
  const { recipient, label } = rule;
  if (directTextOf(finding) !== undefined) return 4 * Math.ceil(recipient.modulusBytes / 3);
  return value.kind === "bytes"
    ? measureSealedBytes(recipient, label, value.bytes.length)
    : measureSealedJson(recipient, label, Buffer.byteLength(value.json, "utf8"));
}

/**
 * Makes tokens for one request, with one content key for each recipient unless a rule wants one for each field: content
 * keys live no longer.
 */
export function createTokenWriter(): TokenWriter {
  const contentKeys = new Map<Recipient, ContentKey>();
  const contentKeyOf = ({ recipient, contentKey }: Rule): ContentKey => {
    if (contentKey === "field") return createContentKey(recipient);
    const known = contentKeys.get(recipient) ?? createContentKey(recipient);
    contentKeys.set(recipient, known);
    return known;
  };
  return (finding) => {
    const { rule, value } = finding;
    const text = directTextOf(finding);
    if (text !== undefined) return rule.recipient.encrypt(Buffer.from(text, "utf8")).toString("base64");
    return value.kind === "bytes"
      ? sealBytes(contentKeyOf(rule), rule.label, value.bytes)
      : sealJson(contentKeyOf(rule), rule.label, value.json);
  };
}

/**
 * Stand-ins for payloads, of the same length and as hard to compress: to see what a request would come to, at little
 * cost.
 */
export function createDryTokenWriter(): TokenWriter {
  return (finding) => {
    const characters = measurePayload(finding);
    const text = randomBytes(characters).toString(directTextOf(finding) === undefined ? "base64url" : "base64");
    return text.slice(0, characters);
  };
}
