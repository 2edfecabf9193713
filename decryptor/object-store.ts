/** Objects in S3, read and written as streams in bounded memory. The SDK is loaded with the first object. */
import { addAbortSignal, Readable } from "node:stream";
import type * as Sdk from "@aws-sdk/client-s3";
import type { Destination } from "../core/decrypt/reader/reader.ts";
import { FieldsealError } from "../core/errors.ts";

/** Names one object in S3; without a version, the current one. */
export interface ObjectAddress {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
}

/** An object's bytes, once, and what S3 keeps beside them. */
export interface StoredObject {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** Further header fields and user metadata that S3 keeps with an object. */
  readonly description?: ObjectDescription;
}

/** An object that is being read. */
export interface OpenObject extends StoredObject {
  /** Ends reading at once. */
  readonly close: () => void;
}

type ObjectDescription = Pick<Sdk.PutObjectCommandInput, (typeof described)[number]>;

const described = ["CacheControl", "ContentDisposition", "ContentLanguage", "Expires", "Metadata"] as const;

/** A signal that aborts at the deadline. Each request asks for a new one. */
export type Deadline = () => AbortSignal;

/** Reads and writes objects. */
export interface ObjectStore {
  /**
   * Opens an object for reading. Rejects with `object_unavailable`, or with `object_store_unavailable` where another
   * try may help, such as after the deadline.
   */
  readonly open: (address: ObjectAddress, deadline: Deadline) => Promise<OpenObject>;
  /**
   * Writes an object under the destination's prefix, encrypted with the destination's key: all of it or nothing.
   * Rejects as `open` does, and with what the source of the bytes throws.
   */
  readonly write: (destination: Destination, key: string, object: StoredObject, deadline: Deadline) => Promise<void>;
}

/** S3 takes 10,000 parts, all but the last of at least 5 MiB (S3 User Guide, "Amazon S3 multipart upload limits"). */
const firstPartBytes = 8 * 1024 * 1024;

/** Parts double in size after so many, so that 10,000 parts are enough for the largest object of S3. */
const partsOfOneSize = 1_000;

/** Milliseconds for aborting an upload, which may come after the deadline. */
const longestAbortMs = 2_000;

/** S3 behind the SDK, which `load` imports when the first object is asked for. */
export function createObjectStore(load: () => Promise<typeof Sdk>): ObjectStore {
  let loaded: Promise<{ readonly sdk: typeof Sdk; readonly client: Sdk.S3Client }> | undefined;
  const connect = async (): Promise<{ readonly sdk: typeof Sdk; readonly client: Sdk.S3Client }> => {
    const sdk = await load();
    // S3, and everything that speaks its protocol, understands buckets in the path.
    return {
      sdk,
      client: new sdk.S3Client({
        forcePathStyle: true,
        requestHandler: { connectionTimeout: 2_000, requestTimeout: 60_000 },
      }),
    };
  };
  return {
    open: async ({ bucket, key, versionId }, deadline) => {
      loaded ??= connect();
      const { sdk, client } = await loaded;
      const found = await withCode(() =>
        client.send(
          new sdk.GetObjectCommand({
            Bucket: bucket,
            Key: key,
            ...(versionId === undefined ? {} : { VersionId: versionId }),
          }),
          { abortSignal: deadline() },
        ),
      );
      const { Body, ContentType, ContentEncoding } = found;
      if (!(Body instanceof Readable)) throw new FieldsealError("object_unavailable");
      // Without a listener, an abort while nothing reads would end the process.
      addAbortSignal(deadline(), Body).on("error", () => undefined);
      const description = Object.fromEntries(
        described.flatMap((name) => (found[name] === undefined ? [] : [[name, found[name]]])),
      );
      return {
        bytes: readStream(Body),
        contentType: ContentType,
        contentEncoding: ContentEncoding,
        description,
        close: () => Body.destroy(),
      };
    },
    write: async (
      { bucket, prefix, kmsKeyArn },
      key,
      { bytes, contentType, contentEncoding, description },
      deadline,
    ) => {
      loaded ??= connect();
      const { sdk, client } = await loaded;
      const send = <Output>(
        request: (options: { readonly abortSignal: AbortSignal }) => Promise<Output>,
      ): Promise<Output> => withCode(() => request({ abortSignal: deadline() }));
      const target = { Bucket: bucket, Key: prefix + key };
      const settings = {
        ...target,
        ServerSideEncryption: "aws:kms",
        SSEKMSKeyId: kmsKeyArn,
        BucketKeyEnabled: true,
        ...description,
        ...(contentType === undefined ? {} : { ContentType: contentType }),
        ...(contentEncoding === undefined ? {} : { ContentEncoding: contentEncoding }),
      } as const;
      let uploadId: string | undefined;
      const parts: Sdk.CompletedPart[] = [];
      const upload = async (Body: Buffer): Promise<void> => {
        const PartNumber = parts.length + 1;
        const { ETag } = await send((options) =>
          client.send(new sdk.UploadPartCommand({ ...target, UploadId: uploadId, PartNumber, Body }), options),
        );
        parts.push({ PartNumber, ...(ETag === undefined ? {} : { ETag }) });
      };
      try {
        let rest: Buffer | undefined;
        for await (const part of joinParts(
          bytes,
          () => firstPartBytes * 2 ** Math.floor(parts.length / partsOfOneSize),
        )) {
          if (rest !== undefined) {
            uploadId ??= (await send((options) => client.send(new sdk.CreateMultipartUploadCommand(settings), options)))
              .UploadId;
            await upload(rest);
          }
          rest = part;
        }
        const last = rest ?? Buffer.alloc(0);
        if (uploadId === undefined) {
          await send((options) => client.send(new sdk.PutObjectCommand({ ...settings, Body: last }), options));
          return;
        }
        await upload(last);
        await send((options) =>
          client.send(
            new sdk.CompleteMultipartUploadCommand({
              ...target,
              UploadId: uploadId,
              MultipartUpload: { Parts: parts },
            }),
            options,
          ),
        );
      } catch (error) {
        if (uploadId !== undefined) {
          // An upload that cannot be aborted only costs storage, until a lifecycle rule removes it.
          const options = { abortSignal: AbortSignal.timeout(longestAbortMs) };
          await client
            .send(new sdk.AbortMultipartUploadCommand({ ...target, UploadId: uploadId }), options)
            .catch(() => undefined);
        }
        throw error;
      }
    },
  };
}

async function* readStream(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch {
    throw new FieldsealError("object_store_unavailable");
  }
}

/** Joins bytes to parts, each of the size that `size` gives when the part begins. The last part may be smaller. */
export async function* joinParts(bytes: AsyncIterable<Uint8Array>, size: () => number): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    held.push(chunk);
    length += chunk.length;
    while (length >= size()) {
      const joined = Buffer.concat(held);
      // `size` may give another number once the part is taken.
      const end = size();
      yield joined.subarray(0, end);
      const left = joined.subarray(end);
      held = left.length === 0 ? [] : [left];
      length = left.length;
    }
  }
  if (length > 0) yield Buffer.concat(held);
}

/**
 * Errors of status 400 to 409 that another try may mend (S3 API Reference, "Error responses"): the quota of KMS, bytes
 * that were lost on the way, a wrong clock, an upload that was complete before its answer came.
 */
const passingErrors: ReadonlySet<string> = new Set([
  "RequestTimeout",
  "RequestTimeTooSkewed",
  "ExpiredToken",
  "BadDigest",
  "IncompleteBody",
  "NoSuchUpload",
  "OperationAborted",
  "ConditionalRequestConflict",
]);

/** Rejects with one of two codes and without the SDK's message, which could quote a key. */
async function withCode<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const status: unknown = Object(Object(error)["$metadata"])["httpStatusCode"];
    const name = String(Object(error)["name"]);
    const isPassing = status === 429 || status === 408 || /Throttl|SlowDown/.test(name) || passingErrors.has(name);
    const isRefused = typeof status === "number" && status >= 400 && status < 500 && !isPassing;
    throw new FieldsealError(isRefused ? "object_unavailable" : "object_store_unavailable");
  }
}
