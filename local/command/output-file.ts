/** Where a command's result goes: standard output, or a file that is there only once it is whole. */
import { open, rename, rm } from "node:fs/promises";
import { FieldsealError } from "../../core/errors.ts";
import type { Terminal } from "./command.ts";
import { resolveArgument } from "./paths.ts";

/** Writes what `produce` gives. A file under the name of `out` is replaced at the end, or left as it is on failure. */
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

/** For its owner alone: it may come to hold restored values. */
async function openFile(file: string, name: string): ReturnType<typeof open> {
  try {
    return await open(file, "wx", 0o600);
  } catch {
    throw new FieldsealError("request_invalid", { reason: `The file ${name} cannot be written.` });
  }
}
