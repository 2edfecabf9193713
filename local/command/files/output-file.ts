/** Where a command's result goes: standard output, or a file that is there only once it is whole. */
import { open, rename, rm } from "node:fs/promises";
import { FieldsealError } from "../../../core/errors.ts";
import type { Terminal } from "../command.ts";
import { resolveArgument } from "./argument-path.ts";

/**
 * Runs `produce`, and writes its chunks to the file `out`, or to standard output where that is undefined or `-`. A file
 * of that name is replaced at the end, or stays as it is on failure. Throws `request_invalid` where the file cannot be
 * written, and what `produce` throws.
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

/** For its owner alone, since it may hold restored values. */
async function openFile(file: string, name: string): ReturnType<typeof open> {
  try {
    return await open(file, "wx", 0o600);
  } catch {
    throw new FieldsealError("request_invalid", { reason: `The file ${name} cannot be written.` });
  }
}
