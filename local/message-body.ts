/** Reads the body of an HTTP message into memory, up to a limit. */

import type { Readable } from "node:stream";

/**
 * All bytes of the stream, or `undefined` if there are more than `maxBytes`: then it reads and discards the rest, since
 * the sender reads no answer before it has sent everything. Rejects if the sender breaks off.
 */
export async function readMessageBody(stream: Readable, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  return length > maxBytes ? undefined : Buffer.concat(chunks);
}
