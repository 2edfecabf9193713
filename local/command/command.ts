/** What a command of `fieldseal` is, and what it speaks to. */

/** A command. */
export interface Command {
  /** One word, or two for a command of a group: `keys fetch`. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Everything after `Usage: fieldseal NAME `: arguments, options, examples. */
  readonly help: string;
  /**
   * Does the command's work. A TypeError, as `parseArgs` throws it, is a mistake in the arguments; a FieldsealError is
   * reported with its message. Anything else is a defect.
   */
  readonly run: (args: readonly string[], terminal: Terminal) => Promise<ExitCode>;
}

/** 0: done, and the answer is yes. 1: it failed, or the answer is no. 2: the arguments are wrong. */
export type ExitCode = 0 | 1 | 2;

/** Where a command reads and writes. */
export interface Terminal {
  /** All of standard input. */
  readonly readInput: () => Promise<Buffer>;
  /** Standard input chunk by chunk, for what may be larger than memory. */
  readonly readChunks: () => AsyncIterable<Buffer>;
  /** To standard output: the result and nothing else. */
  readonly write: (output: string | Uint8Array) => void;
  /** The same, done once there is room for more. */
  readonly writeChunk: (output: string | Uint8Array) => Promise<void>;
  /** To standard error: messages and progress. */
  readonly tell: (message: string) => void;
  /** Overwrites the line of progress; nothing where standard error is no terminal. */
  readonly showProgress: (progress: string) => void;
  readonly paint: Paint;
}

/** Colours where standard output is a terminal that wants them (no-color.org), plain text elsewhere. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly faint: (text: string) => string;
}
