/** The entry of the canary's bundle: settings from the environment, the reader through Lambda, lines to the log. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { isRecord } from "../core/config/config-value.ts";
import { parseCanary, runCanary } from "./canary.ts";

const client = new LambdaClient({ region: process.env["FIELDSEAL_READER_REGION"] ?? "" });

/** Runs on a schedule. `ok` is true if the canary succeeded. Rejects only for invalid settings. */
export const handler = async (): Promise<{ readonly ok: boolean }> => {
  const canary = parseCanary(JSON.parse(process.env["FIELDSEAL_CANARY"] ?? "null"));
  const log = (line: string): boolean => process.stdout.write(`${line}\n`);
  const ok = await runCanary(canary, process.env["FIELDSEAL_NAMESPACE"] ?? "Fieldseal", { fetch, restore, log });
  return { ok };
};

async function restore(body: string, contentType: string): Promise<string> {
  const { Payload, FunctionError } = await client.send(
    new InvokeCommand({
      FunctionName: process.env["FIELDSEAL_READER_FUNCTION"],
      Payload: JSON.stringify({ body, contentType }),
    }),
  );
  const result: unknown = JSON.parse(Buffer.from(Payload ?? []).toString("utf8"));
  if (FunctionError !== undefined || !isRecord(result)) throw new Error("the reader failed");
  return String(result["body"]);
}
