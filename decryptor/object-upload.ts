/** Writes one object to S3 in parts, so that an object of any size needs bounded memory. */
import type * as Sdk from "@aws-sdk/client-s3";

/** S3 takes 10,000 parts, each but the last of 5 MiB or more (S3 User Guide, "Amazon S3 multipart upload limits"). */
const firstPartBytes = 8 * 1024 * 1024;

/** The size doubles after each 1,000 parts, so that 10,000 parts are enough for the largest object of S3. */
const partsOfOneSize = 1_000;

/** Milliseconds for aborting an upload, which may happen after the deadline. */
const longestAbortMs = 2_000;

/** Where an object goes, and the metadata that S3 keeps with its bytes. */
export type ObjectSettings = Omit<Sdk.PutObjectCommandInput, "Body"> & Sdk.CreateMultipartUploadCommandInput;

/** The tools of an upload. */
export interface UploadPorts {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.S3Client;
  /** Makes a request with a signal for its deadline. Rejects with an error that names no object. */
  readonly send: <Output>(
    request: (options: { readonly abortSignal: AbortSignal }) => Promise<Output>,
  ) => Promise<Output>;
}

/**
 * Writes all bytes as one object, or nothing: it aborts an upload that breaks off. Bytes that fit into one part take
 * one request. Rejects as `send` does, and with the errors of the bytes.
 */
export async function uploadObject(
  ports: UploadPorts,
  settings: ObjectSettings,
  bytes: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { sdk, client, send } = ports;
  const target = { Bucket: settings.Bucket, Key: settings.Key };
  let uploadId: string | undefined;
  const parts: Sdk.CompletedPart[] = [];
  const uploadPart = async (Body: Buffer): Promise<void> => {
    const PartNumber = parts.length + 1;
    const { ETag } = await send((options) =>
      client.send(new sdk.UploadPartCommand({ ...target, UploadId: uploadId, PartNumber, Body }), options),
    );
    parts.push({ PartNumber, ...(ETag === undefined ? {} : { ETag }) });
  };
  const partBytes = (): number => firstPartBytes * 2 ** Math.floor(parts.length / partsOfOneSize);
  try {
    let rest: Buffer | undefined;
    for await (const part of joinParts(bytes, partBytes)) {
      if (rest !== undefined) {
        uploadId ??= (await send((options) => client.send(new sdk.CreateMultipartUploadCommand(settings), options)))
          .UploadId;
        await uploadPart(rest);
      }
      rest = part;
    }
    const last = rest ?? Buffer.alloc(0);
    if (uploadId === undefined) {
      await send((options) => client.send(new sdk.PutObjectCommand({ ...settings, Body: last }), options));
      return;
    }
    await uploadPart(last);
    const complete = { ...target, UploadId: uploadId, MultipartUpload: { Parts: parts } };
    await send((options) => client.send(new sdk.CompleteMultipartUploadCommand(complete), options));
  } catch (error) {
    if (uploadId !== undefined) await abortUpload(ports, { ...target, UploadId: uploadId });
    throw error;
  }
}

/** An upload that stays only costs storage, until a lifecycle rule removes it. */
async function abortUpload({ sdk, client }: UploadPorts, upload: Sdk.AbortMultipartUploadCommandInput): Promise<void> {
  const options = { abortSignal: AbortSignal.timeout(longestAbortMs) };
  await client.send(new sdk.AbortMultipartUploadCommand(upload), options).catch(() => undefined);
}

/** Joins bytes to parts. `size` gives the bytes of each part when it begins. The last part may be smaller. */
export async function* joinParts(bytes: AsyncIterable<Uint8Array>, size: () => number): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    held.push(chunk);
    length += chunk.length;
    while (length >= size()) {
      const joined = Buffer.concat(held);
      // `size` may give another number after the part is taken.
      const end = size();
      yield joined.subarray(0, end);
      const left = joined.subarray(end);
      held = left.length === 0 ? [] : [left];
      length = left.length;
    }
  }
  if (length > 0) yield Buffer.concat(held);
}
