/** Restores the values of tokens: the mirror image of encryption, through the same codecs. */
import type { UnfoldingBudget } from "../embedded/gzip-base64.ts";
import { listBroken, listSites, sortByOffset, writeDocument } from "../embedded/visited-document.ts";
import { type ErrorCode, FieldsealError, resultOf } from "../errors.ts";
import { type Decrypt, openValues } from "./open-tokens.ts";
import type { Reader } from "./reader/reader.ts";
import { viewOf } from "./reader/view.ts";
import { type Authenticate, type ShownValues, showValues } from "./show-values.ts";
import { locateTokens, type PlacedToken, type TokenDocument, type TokenSite } from "./token-document.ts";
import { describeOutcome, isGiven, type TokenOutcome } from "./token-outcome.ts";
import { writeValue } from "./write-value.ts";

/** What opens and authenticates. */
export interface KeyService {
  readonly decrypt: Decrypt;
  /** Under the reader's key for pseudonyms. */
  readonly authenticate?: Authenticate | undefined;
}

/** A text with tokens. */
export interface EncryptedText {
  readonly body: Buffer;
  /** `undefined`: what reads as JSON or XML is that, anything else text. */
  readonly contentType: string | undefined;
  /** What a token that cannot be opened does: fail the whole call, or stay where it is. */
  readonly onFailure: "fail" | "keep";
}

/** A text with the values of its tokens. */
export interface DecryptedText {
  readonly body: Buffer;
  /** Tokens and damaged tokens of the recipients that the reader knows. */
  readonly found: number;
  readonly opened: number;
  /**
   * Tokens that the reader may not open, or gets as they are: left in place. Offsets are UTF-16, in the text that came.
   */
  readonly withheld: readonly { readonly offset: number; readonly recipient: string }[];
  /** Tokens that stay, and gzip in base64 that cannot be opened, which may hold some. */
  readonly failed: readonly { readonly offset: number; readonly code: ErrorCode }[];
  /** What became of each token, for the audit. */
  readonly tokens: readonly TokenOutcome[];
}

/** Gets what became of the tokens of a text, or of a call, that failed as a whole. */
export type TellOutcomes = (outcomes: readonly TokenOutcome[]) => void;

/**
 * A body with the values of all tokens that the reader may open in their places, as the reader may see them: in JSON
 * with type and spelling, in other formats as characters, spelt as the place needs them. Restored text is not scanned
 * again. Throws `request_invalid`, `body_malformed`, `body_ambiguous`, `body_not_utf8`, `too_deep`,
 * `content_coding_malformed`, `decoded_too_large`, `too_many_tokens`, `too_many_pseudonyms`, and, unless tokens are to
 * be kept on failure, the code of the first token that failed.
 */
export async function decryptBody(input: EncryptedText, reader: Reader, decrypt: Decrypt): Promise<DecryptedText> {
  const [result] = await decryptBodies([input], reader, { decrypt });
  if (result === undefined) throw new FieldsealError("internal_error");
  if (result instanceof FieldsealError) throw result;
  return result;
}

/**
 * Several bodies, each as `decryptBody` does it, or the error that it met. Ciphertexts that several of them hold are
 * asked for once. Throws `too_many_tokens` and `too_many_pseudonyms` where all together hold more than the reader may
 * open in a call.
 */
export async function decryptBodies(
  inputs: readonly EncryptedText[],
  reader: Reader,
  { decrypt, authenticate }: KeyService,
  tellFailed: TellOutcomes = () => undefined,
): Promise<readonly (DecryptedText | FieldsealError)[]> {
  const budget = { left: reader.limits.decoded };
  const located = inputs.map((input) => resultOf(() => locate(input, reader, budget)));
  const readable = located.flatMap((body) => (body instanceof FieldsealError ? [] : body.readable));
  if (readable.length > reader.limits.tokens) throw new FieldsealError("too_many_tokens");
  const values = await openValues(readable, decrypt, reader);
  const shown = await showValues(values, reader, authenticate).catch((error: unknown) => {
    tellFailed(
      [...values].map(([site, value]) =>
        describeOutcome(site, value instanceof FieldsealError ? value.code : "discarded"),
      ),
    );
    throw error;
  });
  return located.map((body) =>
    body instanceof FieldsealError ? body : resultOf(() => finish(body, shown, reader, tellFailed)),
  );
}

interface LocatedText {
  readonly input: EncryptedText;
  readonly document: TokenDocument;
  /** All tokens, in order. */
  readonly placed: readonly PlacedToken[];
  /** Those that the reader may open. */
  readonly readable: readonly TokenSite[];
}

function locate(input: EncryptedText, reader: Reader, budget: UnfoldingBudget): LocatedText {
  const document = locateTokens(input.body, input.contentType, reader, budget);
  const placed = sortByOffset(listSites(document));
  return { input, document, placed, readable: placed.flatMap(({ site }) => (isReadable(site, reader) ? [site] : [])) };
}

/** A damaged token tells no label: it fails whatever the reader would get. */
function isReadable({ token }: TokenSite, reader: Reader): boolean {
  return (
    token.recipient.mayOpen && (token.kind === "damaged" || viewOf(reader, token.recipient, token.payload) !== "token")
  );
}

/** What is written for the tokens of a text, and what became of each of them. */
interface Answers extends Pick<DecryptedText, "withheld" | "failed" | "tokens"> {
  readonly replacements: ReadonlyMap<TokenSite, string>;
}

function answerTokens(placed: readonly PlacedToken[], shown: ShownValues, reader: Reader): Answers {
  const replacements = new Map<TokenSite, string>();
  const withheld: { readonly offset: number; readonly recipient: string }[] = [];
  const failed: { readonly offset: number; readonly code: ErrorCode }[] = [];
  const tokens: TokenOutcome[] = [];
  for (const each of placed) {
    const { site, offset } = each;
    const result = shown.get(site);
    if (result === undefined) {
      if (site.token.kind === "damaged") continue;
      withheld.push({ offset, recipient: site.token.recipient.id });
      tokens.push(describeOutcome(site, "withheld"));
      continue;
    }
    const answer =
      result instanceof FieldsealError
        ? result
        : resultOf(() => ({ written: writeValue(each, result.value, reader), outcome: result.outcome }));
    if (answer instanceof FieldsealError) {
      failed.push({ offset, code: answer.code });
      tokens.push(describeOutcome(site, answer.code));
    } else {
      replacements.set(site, answer.written);
      tokens.push(describeOutcome(site, answer.outcome));
    }
  }
  return { replacements, withheld, failed, tokens };
}

function finish(
  { input, document, placed }: LocatedText,
  shown: ShownValues,
  reader: Reader,
  tellFailed: TellOutcomes,
): DecryptedText {
  const { replacements, withheld, failed: failedTokens, tokens } = answerTokens(placed, shown, reader);
  const failed = sortByOffset([...failedTokens, ...listBroken(document)]);
  const [first] = failed;
  const body =
    first !== undefined && input.onFailure === "fail"
      ? new FieldsealError(first.code, { offset: first.offset })
      : resultOf(() => writeDocument(document, replacements) ?? input.body);
  if (body instanceof FieldsealError) {
    tellFailed(tokens.map((token) => (isGiven(token.outcome) ? { ...token, outcome: "discarded" } : token)));
    throw body;
  }
  const opened = replacements.size;
  return { body, found: opened + failedTokens.length + withheld.length, opened, withheld, failed, tokens };
}
