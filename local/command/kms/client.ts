/**
 * The KMS that commands use: AWS KMS, the one that `AWS_ENDPOINT_URL_KMS` names, or one over the keys of a data folder.
 */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { KMSClient, type KMSClientConfig } from "@aws-sdk/client-kms";
import { FieldsealError } from "../../../core/errors.ts";
import { startKms } from "../../kms/server.ts";
import { resolveArgument } from "../files/argument-path.ts";

/** A KMS on this machine checks no signature, but the SDK sends nothing without credentials. */
const localCredentials = { accessKeyId: "local", secretAccessKey: "local" };

/** Creates a client for one Region. */
export type CreateKmsClient = (region: string) => KMSClient;

/** A client for KMS in one Region. Without credentials, it sends made-up ones to a KMS on this machine. */
export function createKmsClient(region: string, config: KMSClientConfig = {}): KMSClient {
  const credentials =
    isLocal(process.env["AWS_ENDPOINT_URL_KMS"]) && !hasCredentials() ? { credentials: localCredentials } : {};
  return new KMSClient({ region, ...credentials, ...config });
}

function isLocal(endpoint: string | undefined): boolean {
  return (
    endpoint !== undefined &&
    URL.canParse(endpoint) &&
    /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(endpoint).hostname)
  );
}

/** True if a variable or file in which the SDK looks for credentials has some. */
function hasCredentials(): boolean {
  const variables = [
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  ];
  if (variables.some((name) => (process.env[name] ?? "") !== "")) return true;
  const folder = join(homedir(), ".aws");
  const files = [
    process.env["AWS_SHARED_CREDENTIALS_FILE"] ?? join(folder, "credentials"),
    process.env["AWS_CONFIG_FILE"] ?? join(folder, "config"),
  ];
  // A file may hold a Region and no credentials.
  return files.some(
    (file) =>
      existsSync(file) &&
      /^[ \t]*(?:aws_access_key_id|credential_|role_arn|sso_|web_identity_)/m.test(readFileSync(file, "utf8")),
  );
}

/** A KMS, until it is closed. */
export interface KmsConnection {
  readonly createClient: CreateKmsClient;
  readonly close: () => Promise<void>;
}

/**
 * AWS KMS, or a KMS over the keys of the data folder `data`. Its clients do not retry. Throws `request_invalid` if the
 * folder has no keys.
 */
export async function connectKms(data: string | undefined): Promise<KmsConnection> {
  if (data === undefined)
    return { createClient: (region) => createKmsClient(region, { maxAttempts: 1 }), close: () => Promise.resolve() };
  const databaseFile = join(resolveArgument(data), "kms.sqlite");
  // `startKms` would create the file, without keys.
  if (!existsSync(databaseFile))
    throw new FieldsealError("request_invalid", {
      reason: `${data} is not a data folder of npm start: it has no kms.sqlite.`,
    });
  const kms = await startKms({ port: 0, databaseFile });
  return {
    createClient: (region) =>
      createKmsClient(region, { endpoint: kms.url, credentials: localCredentials, maxAttempts: 1 }),
    close: () => kms.close(),
  };
}
