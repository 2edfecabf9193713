/** Objects in S3, read and written as streams in bounded memory. The SDK is loaded with the first object. */
import type * as Sdk from "@aws-sdk/client-s3";
import { FieldsealError } from "../core/errors.ts";
import type { Destination } from "../core/reader.ts";

export interface ObjectPlace {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
}

export interface StoredObject {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
}

export interface ObjectStore {
  /** Rejects with `object_unavailable`, or with `object_store_unavailable` where another try may help. */
  readonly open: (place: ObjectPlace) => Promise<StoredObject>;
  /**
   * Writes an object under the destination's prefix, encrypted with its key: there as a whole, or not at all. Rejects as `open`
   * does, and with what the source of the bytes throws.
   */
  readonly write: (destination: Destination, key: string, object: StoredObject) => Promise<void>;
}

/** S3 takes 10,000 parts, all but the last of at least 5 MiB ("Amazon S3 multipart upload limits"). */
const firstPartOctets = 8 * 1024 * 1024;

/** Parts double in size after so many, so that 10,000 are enough for the largest object that there can be. */
const partsOfOneSize = 1_000;

/** `load` imports the SDK. */
export function createObjectStore(load: () => Promise<typeof Sdk>): ObjectStore {
  let loaded: Promise<{ readonly sdk: typeof Sdk; readonly client: Sdk.S3Client }> | undefined;
  const connect = async (): Promise<{ readonly sdk: typeof Sdk; readonly client: Sdk.S3Client }> => {
    const sdk = await load();
    // Buckets in the path, which S3 and everything that speaks its protocol understands.
    return { sdk, client: new sdk.S3Client({ forcePathStyle: true, requestHandler: { connectionTimeout: 2_000, requestTimeout: 60_000 } }) };
  };
  return {
    open: async ({ bucket, key, versionId }) => {
      loaded ??= connect();
      const { sdk, client } = await loaded;
      const { Body, ContentType, ContentEncoding } = await tell(() =>
        client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key, ...(versionId === undefined ? {} : { VersionId: versionId }) })),
      );
      if (Body === undefined) throw new FieldsealError("object_unavailable");
      return { bytes: readBody(Body as AsyncIterable<Uint8Array>), contentType: ContentType, contentEncoding: ContentEncoding };
    },
    write: async ({ bucket, prefix, kmsKeyArn }, key, { bytes, contentType, contentEncoding }) => {
      loaded ??= connect();
      const { sdk, client } = await loaded;
      const target = { Bucket: bucket, Key: prefix + key };
      const settings = {
        ...target,
        ServerSideEncryption: "aws:kms",
        SSEKMSKeyId: kmsKeyArn,
        BucketKeyEnabled: true,
        ...(contentType === undefined ? {} : { ContentType: contentType }),
        ...(contentEncoding === undefined ? {} : { ContentEncoding: contentEncoding }),
      } as const;
      let uploadId: string | undefined;
      const parts: Sdk.CompletedPart[] = [];
      const upload = async (Body: Buffer): Promise<void> => {
        const PartNumber = parts.length + 1;
        const { ETag } = await tell(() => client.send(new sdk.UploadPartCommand({ ...target, UploadId: uploadId, PartNumber, Body })));
        parts.push({ PartNumber, ...(ETag === undefined ? {} : { ETag }) });
      };
      try {
        let rest: Buffer | undefined;
        for await (const part of joinParts(bytes, () => firstPartOctets * 2 ** Math.floor(parts.length / partsOfOneSize))) {
          if (rest !== undefined) {
            uploadId ??= (await tell(() => client.send(new sdk.CreateMultipartUploadCommand(settings)))).UploadId;
            await upload(rest);
          }
          rest = part;
        }
        const last = rest ?? Buffer.alloc(0);
        if (uploadId === undefined) {
          await tell(() => client.send(new sdk.PutObjectCommand({ ...settings, Body: last })));
          return;
        }
        await upload(last);
        await tell(() => client.send(new sdk.CompleteMultipartUploadCommand({ ...target, UploadId: uploadId, MultipartUpload: { Parts: parts } })));
      } catch (error) {
        if (uploadId !== undefined) {
          // What is left of an upload that cannot be aborted either costs storage only: a lifecycle rule removes it.
          await client.send(new sdk.AbortMultipartUploadCommand({ ...target, UploadId: uploadId })).catch(() => undefined);
        }
        throw error;
      }
    },
  };
}

async function* readBody(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch {
    throw new FieldsealError("object_store_unavailable");
  }
}

/** Pieces joined to parts of a size. */
async function* joinParts(bytes: AsyncIterable<Uint8Array>, size: () => number): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = [];
  let length = 0;
  for await (const piece of bytes) {
    held.push(piece);
    length += piece.length;
    while (length >= size()) {
      const joined = Buffer.concat(held);
      yield joined.subarray(0, size());
      const left = joined.subarray(size());
      held = left.length === 0 ? [] : [left];
      length = left.length;
    }
  }
  if (length > 0) yield Buffer.concat(held);
}

/** What another try may mend is told apart; the SDK's own messages could quote a key. */
async function tell<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const status: unknown = Object(Object(error)["$metadata"])["httpStatusCode"];
    const refused = typeof status === "number" && status >= 400 && status < 500 && status !== 429 && status !== 408;
    throw new FieldsealError(refused ? "object_unavailable" : "object_store_unavailable");
  }
}
