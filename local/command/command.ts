/** The commands of `fieldseal`, and the terminal that they use. */

/** A command of `fieldseal`. */
export interface Command {
  /** One word, or two for a command of a group: `keys fetch`. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The text after `Usage: fieldseal NAME `: arguments, options, examples. */
  readonly help: string;
  /**
   * Does the command's work. Rejects with a TypeError, as `parseArgs` throws, for wrong arguments, and with a
   * FieldsealError for a failure that the user can understand. Any other error is a defect.
   */
  readonly run: (args: readonly string[], terminal: Terminal) => Promise<ExitCode>;
}

/** 0: success, or the answer is yes. 1: failure, or the answer is no. 2: wrong arguments. */
export type ExitCode = 0 | 1 | 2;

/** The streams that a command reads and writes. */
export interface Terminal {
  /** All of standard input. */
  readonly readInput: () => Promise<Buffer>;
  /** Standard input in chunks, for data that may be larger than memory. */
  readonly readChunks: () => AsyncIterable<Buffer>;
  /** Writes a part of the result to standard output. */
  readonly write: (output: string | Uint8Array) => void;
  /** Writes a part of the result, and resolves once there is room for more. */
  readonly writeChunk: (output: string | Uint8Array) => Promise<void>;
  /** Writes a message to standard error. */
  readonly tell: (message: string) => void;
  /** Overwrites the progress line. Does nothing if standard error is not a terminal. */
  readonly showProgress: (progress: string) => void;
  readonly paint: Paint;
}

/** Colours, if standard output is a terminal and `NO_COLOR` is not set (no-color.org); else plain text. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly faint: (text: string) => string;
}
