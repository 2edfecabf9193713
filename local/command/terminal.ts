/** The terminal of this process. */
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { styleText } from "node:util";
import type { Paint, Terminal } from "./command.ts";

/** The standard streams as a terminal. If output cannot be written, it ends the process with status 1. */
export function createTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  stdout.on("error", (error) => {
    // The process that reads the output, such as `head`, has ended.
    if (Object(error)["code"] === "EPIPE") process.exit(1);
    stderr.write(`fieldseal: cannot write to standard output: ${String(Object(error)["code"])}.\n`);
    process.exit(1);
  });
  let progressShown = false;
  const clearProgress = (): void => {
    if (progressShown) stderr.write("\r\u001b[K");
    progressShown = false;
  };
  return {
    readInput: () => buffer(stdin),
    readChunks: async function* () {
      for await (const chunk of stdin) yield Buffer.from(chunk);
    },
    write: (output) => {
      clearProgress();
      stdout.write(output);
    },
    writeChunk: async (output) => {
      clearProgress();
      if (!stdout.write(output)) await once(stdout, "drain");
    },
    tell: (message) => {
      clearProgress();
      stderr.write(`${message}\n`);
    },
    showProgress: (progress) => {
      if (!stderr.isTTY) return;
      clearProgress();
      stderr.write(progress);
      progressShown = true;
    },
    paint: createPaint(stdout.isTTY && (process.env["NO_COLOR"] ?? "") === ""),
  };
}

function createPaint(coloured: boolean): Paint {
  const paint =
    (format: Parameters<typeof styleText>[0]) =>
    (text: string): string =>
      coloured ? styleText(format, text, { validateStream: false }) : text;
  return { bold: paint("bold"), good: paint("green"), bad: paint("red"), faint: paint("dim") };
}
