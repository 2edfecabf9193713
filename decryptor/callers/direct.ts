/** Direct invocation: `{ "body": "…" }` for one text, `{ "texts": ["…", null] }` for many. */
import type { EncryptedText } from "../../core/decrypt/decrypt-texts.ts";
import type { Reader } from "../../core/decrypt/reader/reader.ts";
import {
  type Call,
  type Caller,
  decodeBase64,
  type Event,
  invalid,
  openTexts,
  requireOpened,
  requirePurpose,
  textOf,
} from "./caller.ts";

/** What an event may hold beside its texts. */
const optionNames = ["contentType", "onFailure", "isBase64Encoded", "purpose"];

/** Gives the restored body or texts back, with counts and with the places of tokens that stayed. */
export const direct: Caller = {
  name: "direct",
  shape: `a direct invocation: body or texts, and of ${optionNames.join(", ")} what is needed`,
  recognizes: (event) =>
    Object.hasOwn(event, "body") !== Object.hasOwn(event, "texts") &&
    Object.keys(event).every((name) => name === "body" || name === "texts" || optionNames.includes(name)),
  handle: openTexts((event, reader) =>
    Object.hasOwn(event, "texts") ? parseTexts(event, reader) : parseBody(event, reader),
  ),
};

interface Options {
  readonly contentType: string | undefined;
  readonly onFailure: EncryptedText["onFailure"];
  readonly base64: boolean;
  readonly purpose: { readonly purpose?: string };
}

function parseOptions({ contentType, onFailure, isBase64Encoded = false, purpose }: Event, reader: Reader): Options {
  if (contentType !== undefined && typeof contentType !== "string") throw invalid("contentType is not a string.");
  if (onFailure !== undefined && onFailure !== "fail" && onFailure !== "keep")
    throw invalid('onFailure is "fail" or "keep".');
  if (typeof isBase64Encoded !== "boolean") throw invalid("isBase64Encoded is neither true nor false.");
  const told = purpose === undefined ? {} : { purpose: requirePurpose(purpose) };
  return { contentType, onFailure: onFailure ?? reader.onFailure, base64: isBase64Encoded, purpose: told };
}

function parseBody(event: Event, reader: Reader): Call {
  const { contentType, onFailure, base64, purpose } = parseOptions(event, reader);
  const { body } = event;
  if (typeof body !== "string" || !body.isWellFormed()) throw invalid("body is not a well-formed string.");
  return {
    ...purpose,
    texts: [{ body: base64 ? decodeBase64(body, "body") : Buffer.from(body, "utf8"), contentType, onFailure }],
    answer: ([result]) => {
      const restored = requireOpened(result);
      const { found, opened, withheld, failed } = restored;
      const counts = { found, opened, withheld, failed };
      return base64
        ? { body: restored.body.toString("base64"), isBase64Encoded: true, ...counts }
        : { body: textOf(restored), ...counts };
    },
  };
}

/** Nulls stay nulls. Places in `withheld` and `failed` have the text's index too. */
function parseTexts(event: Event, reader: Reader): Call {
  const { contentType, onFailure, base64, purpose } = parseOptions(event, reader);
  const { texts } = event;
  if (!Array.isArray(texts)) throw invalid("texts is not an array.");
  const given = texts.map((text: unknown, index) => {
    if (text === null) return undefined;
    if (typeof text !== "string" || !text.isWellFormed())
      throw invalid(`texts[${index}] is neither null nor a well-formed string.`);
    return { body: base64 ? decodeBase64(text, `texts[${index}]`) : Buffer.from(text, "utf8"), contentType, onFailure };
  });
  return {
    ...purpose,
    texts: given.filter((text) => text !== undefined),
    answer: (results) => {
      const left = [...results];
      const each = given.map((text, index) =>
        text === undefined ? undefined : requireOpened(left.shift(), `texts[${index}]`),
      );
      const withIndex = (list: (index: number) => readonly object[]): readonly object[] =>
        each.flatMap((_, index) => list(index).map((entry) => ({ index, ...entry })));
      return {
        texts: each.map((opened) =>
          opened === undefined ? null : base64 ? opened.body.toString("base64") : textOf(opened),
        ),
        found: each.reduce((sum, opened) => sum + (opened?.found ?? 0), 0),
        opened: each.reduce((sum, opened) => sum + (opened?.opened ?? 0), 0),
        withheld: withIndex((index) => each[index]?.withheld ?? []),
        failed: withIndex((index) => each[index]?.failed ?? []),
      };
    },
  };
}
