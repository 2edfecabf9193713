/** A document that a command reads chunk by chunk, with its progress. */
import { createReadStream, statSync } from "node:fs";
import { FieldsealError } from "../../core/errors.ts";
import type { Terminal } from "./command.ts";
import { resolveArgument } from "./paths.ts";

/**
 * The bytes of a file, or of standard input for `-`. `tell` makes the line of progress out of how far it is. Throws
 * `request_invalid` for a file that cannot be read.
 */
export async function* readInput(
  file: string,
  terminal: Terminal,
  tell: (progress: string) => string,
): AsyncGenerator<Buffer> {
  const total = file === "-" ? undefined : measure(file);
  let done = 0;
  let told = 0;
  for await (const chunk of openInput(file, terminal)) {
    yield chunk;
    done += chunk.length;
    if (done - told < progressBytes) continue;
    told = done;
    terminal.showProgress(
      tell(total === undefined ? formatMegabytes(done) : `${formatMegabytes(done)} of ${formatMegabytes(total)}`),
    );
  }
}

/** Progress is told after so many bytes. */
const progressBytes = 1 << 20;

function formatMegabytes(byteCount: number): string {
  return `${(byteCount / 1e6).toFixed(1)} MB`;
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
  try {
    for await (const chunk of createReadStream(resolveArgument(file), { highWaterMark: 1 << 18 }))
      yield Buffer.from(chunk);
  } catch {
    throw unreadable(file);
  }
}

function unreadable(file: string): FieldsealError {
  return new FieldsealError("request_invalid", { reason: `The file ${file} cannot be read.` });
}
