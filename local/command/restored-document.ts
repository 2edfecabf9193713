/**
 * Restores a document as the decryptor restores a body, in chunks where its format allows that; compressed where it
 * came so.
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { nameColumns } from "../../core/decrypt/csv-header.ts";
import { type DecryptedText, decryptBody, type EncryptedText } from "../../core/decrypt/decrypt-texts.ts";
import type { Decrypt } from "../../core/decrypt/open-tokens.ts";
import type { Reader } from "../../core/decrypt/reader/reader.ts";
import { FieldsealError } from "../../core/errors.ts";
import { cutChunks, decodeText } from "../../core/text/record-chunks.ts";
import { beginsAsGzip, inflate, peek } from "../../decryptor/object-text.ts";
import { type DocumentType, recordFormatOf } from "./document-type.ts";

const compress = promisify(gzip);

export interface EncryptedDocument {
  /** `undefined`: what reads as JSON is JSON, anything else text. */
  readonly type: DocumentType | undefined;
  readonly onFailure: EncryptedText["onFailure"];
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * The document with the values of its tokens, chunk by chunk, each with what was found in it, offsets counted from the
 * document's beginning. Throws what the decryptor throws.
 */
export async function* restoreDocument(
  reader: Reader,
  document: EncryptedDocument,
  decrypt: Decrypt,
): AsyncGenerator<DecryptedText> {
  const { type, onFailure } = document;
  const roomy: Reader = { ...reader, limits: { ...reader.limits, tokens: Number.POSITIVE_INFINITY } };
  const remembering = rememberDecrypted(decrypt);
  const restore = (body: Buffer): Promise<DecryptedText> =>
    decryptBody({ body, contentType: type?.contentType, onFailure }, roomy, remembering);
  const format = type === undefined ? undefined : recordFormatOf(type);
  const { first, bytes } = await peek(document.bytes);
  if (format === undefined) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of bytes) chunks.push(chunk);
    yield await restore(Buffer.concat(chunks));
    return;
  }
  const isGzip = beginsAsGzip(first);
  let offset = 0;
  let header: string | undefined;
  for await (const text of cutChunks(decodeText(isGzip ? inflate(bytes) : bytes), {
    format,
    recipients: reader.recipients,
    longest: longestRecord,
  })) {
    const before = header ?? "";
    const start = offset - before.length;
    const restored = shift(await restoreAt(start, () => restore(Buffer.from(before + text, "utf8"))), start);
    const body = restored.body.subarray(Buffer.byteLength(before, "utf8"));
    yield { ...restored, body: isGzip ? await compress(body) : body };
    offset += text.length;
    // The delimiter and the names of columns are needed for every chunk.
    if (format === "csv") header ??= nameColumns(text, reader.recipients);
  }
  // Nothing at all is no file of gzip.
  if (isGzip && offset === 0) yield { ...(await restore(Buffer.alloc(0))), body: await compress("") };
}

/** A record longer than this is none that a machine wrote into a file of records. */
const longestRecord = 1 << 27;

async function restoreAt(offset: number, restore: () => Promise<DecryptedText>): Promise<DecryptedText> {
  try {
    return await restore();
  } catch (error) {
    if (!(error instanceof FieldsealError) || error.facts.offset === undefined) throw error;
    throw new FieldsealError(error.code, { ...error.facts, offset: error.facts.offset + offset });
  }
}

function shift(restored: DecryptedText, by: number): DecryptedText {
  return {
    ...restored,
    withheld: restored.withheld.map((each) => ({ ...each, offset: each.offset + by })),
    failed: restored.failed.map((each) => ({ ...each, offset: each.offset + by })),
  };
}

const mostRemembered = 10_000;

/** The sealed tokens of a document mostly share one wrapped key: each ciphertext is opened once. */
function rememberDecrypted(decrypt: Decrypt): Decrypt {
  const known = new Map<string, Uint8Array>();
  return async (requests) => {
    const keys = requests.map(({ keyArn, ciphertext }) => `${keyArn} ${ciphertext.toString("base64")}`);
    const missing = requests.filter((_, index) => !known.has(keys[index] ?? ""));
    const opened = await decrypt(missing);
    let next = 0;
    return keys.map((key) => {
      const found = known.get(key);
      if (found !== undefined) return found;
      const result = opened[next++] ?? new FieldsealError("internal_error");
      if (!(result instanceof FieldsealError) && known.size < mostRemembered) known.set(key, result);
      return result;
    });
  };
}
