/** The options that say whose tokens to restore or move: a reader's configuration, or a policy. */
import { join } from "node:path";
import { parseReader, type Reader } from "../../core/decrypt/reader/reader.ts";
import { FieldsealError } from "../../core/errors.ts";
import type { CompiledPolicy } from "../../core/policy/policy.ts";
import { readPolicy } from "./arguments.ts";
import type { Terminal } from "./command.ts";
import { readInputWhole } from "./files/input-file.ts";
import { tryParseJson } from "./json-text.ts";

/** The options that say whose tokens a command restores or moves. */
export interface ReaderOptions {
  /** The file of a reader's configuration. */
  readonly reader?: string | undefined;
  /** The file of a policy. */
  readonly policy?: string | undefined;
  /** The data folder of `npm start`, which holds a policy. */
  readonly data?: string | undefined;
}

/**
 * The reader that the options name, or one that may open all recipients of a policy. Throws a TypeError if no option
 * names one, `request_invalid` for a file that cannot be read, and `reader_invalid`, `policy_invalid` or
 * `recipient_invalid` for one that is not valid.
 */
export async function readReader({ reader, policy, data }: ReaderOptions, terminal: Terminal): Promise<Reader> {
  if (reader !== undefined && policy !== undefined) throw new TypeError("Use either --reader or --policy, not both.");
  if (reader !== undefined) {
    const settings = tryParseJson((await readInputWhole(reader, terminal)).toString("utf8"));
    if (settings === undefined) throw new FieldsealError("reader_invalid", { reason: `${reader} is not JSON.` });
    return parseReader(settings);
  }
  const recipients = readRecipients({ policy, data }).map(({ id, keyArn, prefix, suffix }) => ({
    id,
    keyArn,
    prefix,
    suffix,
  }));
  return parseReader({ reader: "command", recipients, open: recipients.map(({ id }) => id) });
}

/** The recipients of the policy that the options name, or of the data folder's. Throws as `readReader` does. */
export function readRecipients({ policy, data }: ReaderOptions): CompiledPolicy["recipients"] {
  const file = policy ?? (data === undefined ? undefined : join(data, "policy.json"));
  if (file === undefined)
    throw new TypeError("--reader, --policy or --data is required: it says whose tokens they are.");
  return readPolicy(file).recipients;
}
