/** Whose tokens are restored or moved: a reader's configuration, or all recipients of a policy. */
import { join } from "node:path";
import { parseReader, type Reader } from "../../core/decrypt/reader/reader.ts";
import { FieldsealError } from "../../core/errors.ts";
import type { CompiledPolicy } from "../../core/policy/policy.ts";
import { readInputFile, readPolicy } from "./arguments.ts";
import type { Terminal } from "./command.ts";

export interface ReaderOptions {
  readonly reader?: string | undefined;
  readonly policy?: string | undefined;
  readonly data?: string | undefined;
}

/** Throws a TypeError where no option names one, and `reader_invalid`, `policy_invalid` or `recipient_invalid`. */
export async function readReader({ reader, policy, data }: ReaderOptions, terminal: Terminal): Promise<Reader> {
  if (reader !== undefined && policy !== undefined) throw new TypeError("Only one of --reader and --policy can be.");
  if (reader !== undefined) return parseReader(parseJson((await readInputFile(reader, terminal)).toString("utf8")));
  const recipients = readRecipients({ policy, data }).map(({ id, keyArn, prefix, suffix }) => ({
    id,
    keyArn,
    prefix,
    suffix,
  }));
  return parseReader({ reader: "command", recipients, open: recipients.map(({ id }) => id) });
}

/** The recipients of a policy, or of a data folder's. Throws as `readReader` does. */
export function readRecipients({ policy, data }: ReaderOptions): CompiledPolicy["recipients"] {
  const file = policy ?? (data === undefined ? undefined : join(data, "policy.json"));
  if (file === undefined) throw new TypeError("Say whose tokens they are: --reader, --policy or --data.");
  return readPolicy(file).recipients;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FieldsealError("reader_invalid", { reason: "It is not JSON." });
  }
}
