/** Writes a command's result to standard output, or to a file that appears only once it is complete. */
import { open, rename, rm } from "node:fs/promises";
import { FieldsealError } from "../../../core/errors.ts";
import type { Terminal } from "../command.ts";
import { resolveArgument } from "./argument-path.ts";

/**
 * Runs `produce`, and writes its chunks to the file `out`, or to standard output if that is undefined or `-`. It
 * replaces an existing file at the end; after a failure that file is unchanged. Throws `request_invalid` if the file
 * cannot be created, and what `produce` throws.
 */
export async function writeOutput(
  out: string | undefined,
  produce: (write: Terminal["writeChunk"]) => Promise<void>,
  terminal: Terminal,
): Promise<void> {
  if (out === undefined || out === "-") {
    await produce(terminal.writeChunk);
    return;
  }
  const file = resolveArgument(out);
  const partial = `${file}.${process.pid}.partial`;
  const handle = await openFile(partial, out);
  try {
    await produce(async (chunk) => {
      await handle.writeFile(chunk);
    });
    await handle.close();
    await rename(partial, file);
  } catch (error) {
    await handle.close();
    await rm(partial, { force: true });
    throw error;
  }
}

/** Only the owner may read the file, since it may hold restored values. */
async function openFile(file: string, name: string): ReturnType<typeof open> {
  try {
    return await open(file, "wx", 0o600);
  } catch {
    throw new FieldsealError("request_invalid", { reason: `Cannot write ${name}.` });
  }
}
