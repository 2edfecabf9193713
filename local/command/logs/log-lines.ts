/** The lines of log files, compressed with gzip or not. */
import { FieldsealError } from "../../../core/errors.ts";
import { beginsAsGzip } from "../../../core/text/content-coding.ts";
import { inflate, peek } from "../../../decryptor/byte-stream.ts";
import type { Terminal } from "../command.ts";
import { readInputChunks } from "../files/input-file.ts";

/**
 * Calls `addLine` with each line of the files, without its line feed. `-` is standard input, and so is an empty list.
 * `command` names the command in the progress line. Throws `request_invalid` for a file that cannot be read, and
 * `content_coding_malformed` for broken gzip, each with the file's name.
 */
export async function readLogLines(
  files: readonly string[],
  command: string,
  terminal: Terminal,
  addLine: (line: string) => void,
): Promise<void> {
  let count = 0;
  for (const file of files.length === 0 ? ["-"] : files) {
    const bytes = readInputChunks(file, terminal, (progress) => `${command}: ${progress}, ${count} lines`);
    try {
      for await (const line of splitLines(inflateAll(bytes))) {
        count++;
        addLine(line);
      }
    } catch (error) {
      if (!(error instanceof FieldsealError) || error.code !== "content_coding_malformed") throw error;
      throw new FieldsealError(error.code, { reason: `The gzip data of ${file} is damaged or cut off.` });
    }
  }
}

/** A delivery stream compresses what a subscription compressed before. The bound stops hostile input. */
const mostGzip = 3;

async function* inflateAll(input: AsyncIterable<Uint8Array>, level = 0): AsyncGenerator<Uint8Array> {
  const { first, bytes } = await peek(input);
  yield* level < mostGzip && beginsAsGzip(first) ? inflateAll(inflate(bytes), level + 1) : bytes;
}

async function* splitLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let held = "";
  for await (const chunk of bytes) {
    const lines = (held + decoder.decode(chunk, { stream: true })).split("\n");
    held = lines.pop() ?? "";
    yield* lines;
  }
  if (held !== "") yield held;
}
