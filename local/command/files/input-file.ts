/** Reads files or standard input, as a whole or in chunks. */
import { createReadStream, readFileSync, statSync } from "node:fs";
import { FieldsealError } from "../../../core/errors.ts";
import type { Terminal } from "../command.ts";
import { resolveArgument } from "./argument-path.ts";

/** The content of a file, or of standard input for `-`. Throws `request_invalid` for a file that cannot be read. */
export async function readInputWhole(file: string, { readInput }: Pick<Terminal, "readInput">): Promise<Buffer> {
  if (file === "-") return await readInput();
  try {
    return readFileSync(resolveArgument(file));
  } catch {
    throw unreadable(file);
  }
}

/**
 * The bytes of a file, or of standard input for `-`, in chunks. `describeProgress` makes a progress line from the
 * megabytes done. Throws `request_invalid` for a file that cannot be read.
 */
export async function* readInputChunks(
  file: string,
  terminal: Terminal,
  describeProgress: (bytesDone: string) => string,
): AsyncGenerator<Buffer> {
  const total = file === "-" ? undefined : measure(file);
  let done = 0;
  let shown = 0;
  for await (const chunk of openInput(file, terminal)) {
    yield chunk;
    done += chunk.length;
    if (done - shown < progressBytes) continue;
    shown = done;
    terminal.showProgress(describeProgress(formatProgress(done, total)));
  }
}

/** Bytes between two progress lines. */
const progressBytes = 1 << 20;

/** Progress in megabytes of 10^6 bytes: `1.0 MB of 2.5 MB`, or `1.0 MB` if the total is unknown. */
export function formatProgress(done: number, total: number | undefined): string {
  const megabytes = (byteCount: number): string => `${(byteCount / 1e6).toFixed(1)} MB`;
  return total === undefined ? megabytes(done) : `${megabytes(done)} of ${megabytes(total)}`;
}

function measure(file: string): number {
  try {
    return statSync(resolveArgument(file)).size;
  } catch {
    throw unreadable(file);
  }
}

async function* openInput(file: string, { readChunks }: Terminal): AsyncGenerator<Buffer> {
  if (file === "-") {
    yield* readChunks();
    return;
  }
  yield* readFileFrom(resolveArgument(file), 0, file);
}

/** The bytes of a file from an offset on. Throws `request_invalid`, with the name, if it cannot be read. */
export async function* readFileFrom(path: string, start: number, name = path): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(path, { start, highWaterMark: 1 << 18 })) yield Buffer.from(chunk);
  } catch {
    throw unreadable(name);
  }
}

function unreadable(file: string): FieldsealError {
  return new FieldsealError("request_invalid", { reason: `Cannot read ${file}.` });
}
