/** The entry of the decryptor's bundle: the handler for the reader that the environment describes. */
import { KMSClient } from "@aws-sdk/client-kms";
import { parseReader, type Reader } from "../core/decrypt/reader/reader.ts";
import { FieldsealError } from "../core/errors.ts";
import { createHandler, createRefusal, type DecryptorHandler } from "./handler.ts";
import { keyRegionOf } from "./key-region.ts";

let configured: DecryptorHandler | undefined;

/**
 * Serves the reader that `FIELDSEAL_READER` describes. It reads the variable at the first call, so that a mistake in it
 * becomes an error with a code, and an audit line.
 */
export const handler: DecryptorHandler = async (event, context) => {
  // Not with `console`: Lambda puts time and request id before its lines, and metric filters read JSON lines only.
  configured ??= configure((line) => process.stdout.write(`${line}\n`));
  return configured(event, context);
};

function configure(log: (line: string) => void): DecryptorHandler {
  try {
    const reader = readReader();
    return createHandler(reader, createClient(keyRegionOf(reader)), log);
  } catch (error) {
    return createRefusal(error instanceof FieldsealError ? error : new FieldsealError("internal_error"), log);
  }
}

function readReader(): Reader {
  const text = process.env["FIELDSEAL_READER"];
  if (text === undefined)
    throw new FieldsealError("reader_invalid", { reason: "The environment variable FIELDSEAL_READER is not set." });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new FieldsealError("reader_invalid", { reason: "The environment variable FIELDSEAL_READER must be JSON." });
  }
  return parseReader(value);
}

/** A client that does not retry: `createDecrypting` does, since it knows the deadline. */
function createClient(region: string | undefined): KMSClient {
  return new KMSClient({
    ...(region === undefined ? {} : { region }),
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_000 },
  });
}
