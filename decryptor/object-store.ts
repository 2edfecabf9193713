/** Reads and writes objects in S3 as streams, in bounded memory. Loads the SDK with the first object. */
import { addAbortSignal, Readable } from "node:stream";
import type * as Sdk from "@aws-sdk/client-s3";
import type { Destination } from "../core/decrypt/reader/destination.ts";
import { FieldsealError } from "../core/errors.ts";
import { uploadObject } from "./object-upload.ts";

/** One object in S3; without a version, the current one. */
export interface ObjectAddress {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
}

/** An object's bytes, to be read once, and the metadata that S3 keeps with them. */
export interface StoredObject {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** Further header fields and user metadata. */
  readonly description?: ObjectDescription;
}

/** An object that is open for reading. */
export interface OpenObject extends StoredObject {
  /** Stops reading at once. */
  readonly close: () => void;
}

type ObjectDescription = Pick<Sdk.PutObjectCommandInput, (typeof described)[number]>;

const described = ["CacheControl", "ContentDisposition", "ContentLanguage", "Expires", "Metadata"] as const;

/** Gives a signal that aborts at the deadline. Each request asks for a new signal. */
export type Deadline = () => AbortSignal;

/** Reads and writes objects. */
export interface ObjectStore {
  /**
   * Opens an object for reading. Rejects with `object_unavailable`, or with `object_store_unavailable` if another try
   * may help, such as after the deadline.
   */
  readonly open: (address: ObjectAddress, deadline: Deadline) => Promise<OpenObject>;
  /**
   * Writes a whole object, or nothing, under the destination's prefix, encrypted with the destination's key. Rejects
   * as `open` does, and with the errors of the bytes.
   */
  readonly write: (destination: Destination, key: string, object: StoredObject, deadline: Deadline) => Promise<void>;
}

/** S3 behind the SDK. `load` imports the SDK for the first object. */
export function createObjectStore(load: () => Promise<typeof Sdk>): ObjectStore {
  let loaded: Promise<{ readonly sdk: typeof Sdk; readonly client: Sdk.S3Client }> | undefined;
  const connect = async (): Promise<{ readonly sdk: typeof Sdk; readonly client: Sdk.S3Client }> => {
    const sdk = await load();
    // S3, and every service with its protocol, understands buckets in the path.
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
    write: async (destination, key, { bytes, contentType, contentEncoding, description }, deadline) => {
      loaded ??= connect();
      const { sdk, client } = await loaded;
      const settings = {
        Bucket: destination.bucket,
        Key: destination.prefix + key,
        ServerSideEncryption: "aws:kms",
        SSEKMSKeyId: destination.kmsKeyArn,
        BucketKeyEnabled: true,
        ...description,
        ...(contentType === undefined ? {} : { ContentType: contentType }),
        ...(contentEncoding === undefined ? {} : { ContentEncoding: contentEncoding }),
      } as const;
      await uploadObject(
        { sdk, client, send: (request) => withCode(() => request({ abortSignal: deadline() })) },
        settings,
        bytes,
      );
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

/**
 * Errors of status 400 to 409 that may pass (S3 API Reference, "Error responses"): the quota of KMS, lost bytes, a
 * wrong clock, an upload that was complete before its answer came.
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

/** Rejects with one of two codes, without the SDK's message, which could quote an object's key. */
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
