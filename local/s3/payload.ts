/** Reads bodies as the SDK sends them. */
import type { IncomingMessage } from "node:http";

/**
 * The content of a body, without the framing of bodies with trailing checksums (S3 API Reference, "Signature
 * calculations with trailing headers").
 */
export function readPayload(body: Buffer, { headers }: Pick<IncomingMessage, "headers">): Buffer {
  if (headers["x-amz-decoded-content-length"] === undefined) return body;
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = body.indexOf("\r\n", at);
    const length = Number.parseInt(body.toString("latin1", at, end), 16);
    if (!(length > 0)) return Buffer.concat(chunks);
    chunks.push(body.subarray(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
}
