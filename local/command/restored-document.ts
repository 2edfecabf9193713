/**
 * Restores a document as the decryptor restores a body: in chunks if its format has records, else as a whole. The
 * output is compressed with gzip if the input is.
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { nameColumns } from "../../core/decrypt/csv-header.ts";
import { type DecryptedText, decryptBody, type EncryptedText } from "../../core/decrypt/decrypt-texts.ts";
import type { Decrypt } from "../../core/decrypt/open-tokens.ts";
import type { Reader } from "../../core/decrypt/reader/reader.ts";
import { fileTable } from "../../core/rule/formats.ts";
import { beginsAsGzip } from "../../core/text/content-coding.ts";
import { cutChunks, decodeUtf8 } from "../../core/text/record-chunks.ts";
import { inflate, peek, readWhole } from "../../decryptor/byte-stream.ts";
import type { DocumentType } from "./document-type.ts";
import { shiftOffset } from "./shifted-offset.ts";

const compress = promisify(gzip);

/** A document to restore. */
export interface EncryptedDocument {
  /** `undefined`: JSON if the document is JSON, else text. */
  readonly type: DocumentType | undefined;
  readonly onFailure: EncryptedText["onFailure"];
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * The document with the values of its tokens, in chunks, each with what was found in it. Offsets are in characters from
 * the document's beginning. Throws what `decryptBody` throws.
 */
export async function* restoreDocument(
  reader: Reader,
  document: EncryptedDocument,
  decrypt: Decrypt,
): AsyncGenerator<DecryptedText> {
  const { type, onFailure } = document;
  const roomy: Reader = { ...reader, limits: { ...reader.limits, tokens: Number.POSITIVE_INFINITY } };
  const restore = (body: Buffer): Promise<DecryptedText> =>
    decryptBody({ body, contentType: type?.contentType, onFailure }, roomy, decrypt);
  const records = type === undefined ? undefined : fileTable[type.format].records;
  const { recipients } = reader;
  const { first, bytes } = await peek(document.bytes);
  if (records === undefined) {
    yield await restore(await readWhole(bytes));
    return;
  }
  const isGzip = beginsAsGzip(first);
  const source = decodeUtf8(isGzip ? inflate(bytes) : bytes);
  const headerOf = (chunk: string): string | undefined => nameColumns(chunk, recipients);
  let offset = 0;
  for await (const { before, text } of cutChunks(source, { records, recipients, longest: longestRecord, headerOf })) {
    const start = offset - before.length;
    const restored = shift(
      await restore(Buffer.from(before + text, "utf8")).catch((error: unknown) => {
        throw shiftOffset(error, start);
      }),
      start,
    );
    const body = restored.body.subarray(Buffer.byteLength(before, "utf8"));
    yield { ...restored, body: isGzip ? await compress(body) : body };
    offset += text.length;
  }
  // An empty output would not be valid gzip.
  if (isGzip && offset === 0) yield { ...(await restore(Buffer.alloc(0))), body: await compress("") };
}

/** The most characters of a record. */
const longestRecord = 1 << 27;

function shift(restored: DecryptedText, by: number): DecryptedText {
  return {
    ...restored,
    withheld: restored.withheld.map((each) => ({ ...each, offset: each.offset + by })),
    failed: restored.failed.map((each) => ({ ...each, offset: each.offset + by })),
  };
}
