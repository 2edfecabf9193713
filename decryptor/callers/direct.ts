/** Direct invocation: `{ "body": "…" }` for one text, `{ "texts": ["…", null] }` for many. */
import type { DecryptedText, EncryptedText } from "../../core/decrypt/decrypt-texts.ts";
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

/** The members that an event may hold beside its texts. */
const optionNames = ["contentType", "onFailure", "isBase64Encoded", "purpose"];

/** Gives the restored body or texts back, with counts and with the places of tokens that stayed closed. */
export const direct: Caller = {
  name: "direct",
  shape: `a direct invocation (body or texts; optional: ${optionNames.join(", ")})`,
  recognizes: (event) =>
    Object.hasOwn(event, "body") !== Object.hasOwn(event, "texts") &&
    Object.keys(event).every((name) => name === "body" || name === "texts" || optionNames.includes(name)),
  handle: openTexts((event, reader) => {
    const forms = parseOptions(event, reader);
    return Object.hasOwn(event, "texts") ? parseTexts(event["texts"], forms) : parseBody(event["body"], forms);
  }),
};

/** How an event spells its texts, and how its answer spells them. */
interface TextForms {
  readonly purpose: { readonly purpose?: string };
  readonly base64: boolean;
  readonly read: (text: unknown, what: string, orNull?: string) => EncryptedText;
  readonly write: (opened: DecryptedText) => string;
}

function parseOptions({ contentType, onFailure, isBase64Encoded = false, purpose }: Event, reader: Reader): TextForms {
  if (contentType !== undefined && typeof contentType !== "string") throw invalid("contentType must be a string.");
  if (onFailure !== undefined && onFailure !== "fail" && onFailure !== "keep")
    throw invalid('onFailure must be "fail" or "keep".');
  if (typeof isBase64Encoded !== "boolean") throw invalid("isBase64Encoded must be true or false.");
  return {
    purpose: purpose === undefined ? {} : { purpose: requirePurpose(purpose) },
    base64: isBase64Encoded,
    read: (text, what, orNull = "") => {
      if (typeof text !== "string" || !text.isWellFormed())
        throw invalid(`${what} must be ${orNull}a string without lone surrogates.`);
      const body = isBase64Encoded ? decodeBase64(text, what) : Buffer.from(text, "utf8");
      return { body, contentType, onFailure: onFailure ?? reader.onFailure };
    },
    write: (opened) => (isBase64Encoded ? opened.body.toString("base64") : textOf(opened)),
  };
}

function parseBody(body: unknown, { purpose, base64, read, write }: TextForms): Call {
  return {
    ...purpose,
    texts: [read(body, "body")],
    answer: ([result]) => {
      const restored = requireOpened(result);
      const { found, opened, withheld, failed } = restored;
      return { body: write(restored), ...(base64 ? { isBase64Encoded: true } : {}), found, opened, withheld, failed };
    },
  };
}

/** Nulls stay null. Entries of `withheld` and `failed` also have the text's index. */
function parseTexts(texts: unknown, { purpose, read, write }: TextForms): Call {
  if (!Array.isArray(texts)) throw invalid("texts must be a list.");
  return {
    ...purpose,
    texts: texts.map((text: unknown, index) => (text === null ? undefined : read(text, `texts[${index}]`, "null or "))),
    answer: (results) => {
      const each = results.map((result, index) =>
        texts[index] === null ? undefined : requireOpened(result, `texts[${index}]`),
      );
      const sum = (count: (opened: DecryptedText) => number): number =>
        each.reduce((total, opened) => total + (opened === undefined ? 0 : count(opened)), 0);
      const list = (name: "withheld" | "failed"): readonly object[] =>
        each.flatMap((opened, index) => (opened?.[name] ?? []).map((entry) => ({ index, ...entry })));
      return {
        texts: each.map((opened) => (opened === undefined ? null : write(opened))),
        found: sum(({ found }) => found),
        opened: sum(({ opened }) => opened),
        withheld: list("withheld"),
        failed: list("failed"),
      };
    },
  };
}
