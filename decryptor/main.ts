/** What Lambda calls: the handler for the reader that the environment describes. */
import { KMSClient } from "@aws-sdk/client-kms";
import { FieldsealError } from "../core/errors.ts";
import { parseReader, type Reader } from "../core/reader.ts";
import { createHandler, createRefusal, type DecryptorHandler } from "./handler.ts";

let configured: DecryptorHandler | undefined;

/** Reads `FIELDSEAL_READER` at the first call, so that a mistake in it is an error with a name, and in the audit line. */
export const handler: DecryptorHandler = async (event, context) => {
  configured ??= configure((line) => console.log(line));
  return configured(event, context);
};

function configure(log: (line: string) => void): DecryptorHandler {
  try {
    return createHandler(readReader(), createClient(), log);
  } catch (error) {
    return createRefusal(error instanceof FieldsealError ? error : new FieldsealError("internal_error"), log);
  }
}

function readReader(): Reader {
  const text = process.env["FIELDSEAL_READER"];
  if (text === undefined) throw new FieldsealError("reader_invalid", { reason: "FIELDSEAL_READER is not set." });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new FieldsealError("reader_invalid", { reason: "FIELDSEAL_READER is not JSON." });
  }
  return parseReader(value);
}

/** Retries and the time for each are the port's affair, which knows the invocation's deadline. */
function createClient(): KMSClient {
  return new KMSClient({ maxAttempts: 1, requestHandler: { connectionTimeout: 1_000 } });
}
