/** Runs commands of `fieldseal` against a terminal that keeps what they write. */
import type { Command, ExitCode, Terminal } from "../../local/command/command.ts";
import { runCommand } from "../../local/command/run.ts";
import { commands } from "../../local/command/table.ts";

export interface CommandResult {
  readonly code: ExitCode;
  readonly output: string;
  readonly bytes: Buffer;
  readonly messages: string;
  readonly progress: readonly string[];
}

interface TestTerminal {
  readonly terminal: Terminal;
  readonly output: Buffer[];
  readonly messages: string[];
  readonly progress: string[];
}

/** A terminal that keeps what it is given. Its standard input comes in pieces of `pieceBytes`. */
export function createTestTerminal(input: string | Buffer = "", pieceBytes = 65_536): TestTerminal {
  const output: Buffer[] = [];
  const messages: string[] = [];
  const progress: string[] = [];
  const bytes = Buffer.from(input);
  const plain = (text: string): string => text;
  const terminal: Terminal = {
    readInput: () => Promise.resolve(bytes),
    readChunks: async function* () {
      for (let at = 0; at < bytes.length; at += pieceBytes)
        yield await Promise.resolve(bytes.subarray(at, at + pieceBytes));
    },
    write: (piece) => void output.push(Buffer.from(piece)),
    writeChunk: (piece) => {
      output.push(Buffer.from(piece));
      return Promise.resolve();
    },
    tell: (message) => void messages.push(message),
    showProgress: (text) => void progress.push(text),
    paint: { bold: plain, good: plain, bad: plain, faint: plain },
  };
  return { terminal, output, messages, progress };
}

/** The result of `fieldseal ARGS…` with a standard input, which comes in pieces of `pieceBytes`. */
export async function runFieldseal(
  args: readonly string[],
  {
    input = "",
    pieceBytes,
    table = commands,
  }: { input?: string | Buffer; pieceBytes?: number; table?: readonly Command[] } = {},
): Promise<CommandResult> {
  const { terminal, output, messages, progress } = createTestTerminal(input, pieceBytes);
  const code = await runCommand(args, table, terminal);
  const all = Buffer.concat(output);
  return { code, output: all.toString("utf8"), bytes: all, messages: messages.join("\n"), progress };
}
