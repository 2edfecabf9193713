/** Direct invocation: `{ "body": "…" }` for one text, `{ "texts": ["…", null] }` for many. */
import { isUtf8 } from "node:buffer";
import type { EncryptedText } from "../../core/decryption.ts";
import { FieldsealError } from "../../core/errors.ts";
import type { Reader } from "../../core/reader.ts";
import { type Call, type Caller, decodeBase64, type Event, invalid, openTexts, requirePurpose, requireText, type Result } from "./caller.ts";

const settings = ["contentType", "onFailure", "isBase64Encoded", "purpose"];

export const direct: Caller = {
  name: "direct",
  shape: `a direct invocation: body or texts, and of ${settings.join(", ")} what is needed`,
  recognizes: (event) =>
    Object.hasOwn(event, "body") !== Object.hasOwn(event, "texts") &&
    Object.keys(event).every((name) => name === "body" || name === "texts" || settings.includes(name)),
  handle: openTexts((event, reader) => (Object.hasOwn(event, "texts") ? parseTexts(event, reader) : parseBody(event, reader))),
};

interface Settings {
  readonly contentType: string | undefined;
  readonly onFailure: EncryptedText["onFailure"];
  readonly base64: boolean;
  readonly purpose: { readonly purpose?: string };
}

function parseSettings({ contentType, onFailure, isBase64Encoded = false, purpose }: Event, reader: Reader): Settings {
  if (contentType !== undefined && typeof contentType !== "string") throw invalid("contentType is not a string.");
  if (onFailure !== undefined && onFailure !== "fail" && onFailure !== "keep") throw invalid('onFailure is "fail" or "keep".');
  if (typeof isBase64Encoded !== "boolean") throw invalid("isBase64Encoded is neither true nor false.");
  const told = purpose === undefined ? {} : { purpose: requirePurpose(purpose) };
  return { contentType, onFailure: onFailure ?? reader.onFailure, base64: isBase64Encoded, purpose: told };
}

function parseBody(event: Event, reader: Reader): Call {
  const { contentType, onFailure, base64, purpose } = parseSettings(event, reader);
  const { body } = event;
  if (typeof body !== "string" || !body.isWellFormed()) throw invalid("body is not a well-formed string.");
  return {
    ...purpose,
    texts: [{ body: base64 ? decodeBase64(body, "body") : Buffer.from(body, "utf8"), contentType, onFailure }],
    answer: ([result]) => {
      if (result === undefined) throw new FieldsealError("internal_error");
      if (result instanceof FieldsealError) throw result;
      const { body: opened, found, opened: count, withheld, failed } = result;
      const counts = { found, opened: count, withheld, failed };
      if (base64) return { body: opened.toString("base64"), isBase64Encoded: true, ...counts };
      if (!isUtf8(opened)) throw new FieldsealError("body_not_utf8");
      return { body: opened.toString("utf8"), ...counts };
    },
  };
}

/** Nulls stay nulls. Places in `withheld` and `failed` have the text's index too. */
function parseTexts(event: Event, reader: Reader): Call {
  const { contentType, onFailure, base64, purpose } = parseSettings(event, reader);
  const { texts } = event;
  if (!Array.isArray(texts)) throw invalid("texts is not an array.");
  const given = texts.map((text: unknown, index) => {
    if (text === null) return undefined;
    if (typeof text !== "string" || !text.isWellFormed()) throw invalid(`texts[${index}] is neither null nor a well-formed string.`);
    return { body: base64 ? decodeBase64(text, `texts[${index}]`) : Buffer.from(text, "utf8"), contentType, onFailure };
  });
  return {
    ...purpose,
    texts: given.filter((text) => text !== undefined),
    answer: (results) => {
      const left = [...results];
      const each = given.map((text) => (text === undefined ? undefined : requireOpened(left.shift())));
      const place = <T extends object>(list: (index: number) => readonly T[]): readonly object[] =>
        each.flatMap((_, index) => list(index).map((entry) => ({ index, ...entry })));
      return {
        texts: each.map((opened) => (opened === undefined ? null : base64 ? opened.body.toString("base64") : requireText(opened))),
        found: each.reduce((sum, opened) => sum + (opened?.found ?? 0), 0),
        opened: each.reduce((sum, opened) => sum + (opened?.opened ?? 0), 0),
        withheld: place((index) => each[index]?.withheld ?? []),
        failed: place((index) => each[index]?.failed ?? []),
      };
    },
  };
}

function requireOpened(result: Result | undefined): Exclude<Result, FieldsealError> {
  if (result === undefined) throw new FieldsealError("internal_error");
  if (result instanceof FieldsealError) throw result;
  return result;
}
