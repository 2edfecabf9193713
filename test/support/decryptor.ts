/** A decryptor in front of a local KMS with faults, and tokens for it. */
import { randomUUID } from "node:crypto";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { parseReader } from "../../core/decrypt/reader/reader.ts";
import { formatToken } from "../../core/token/grammar.ts";
import { createRecipient, type Recipient } from "../../core/token/recipient.ts";
import { type ContentKey, createContentKey, sealJson } from "../../core/token/sealed-content.ts";
import { createHandler, type DecryptorHandler, type InvocationContext } from "../../decryptor/handler.ts";
import type { Fault, KmsCall } from "../../local/kms/faults.ts";
import { openKms } from "./local-kms.ts";
import { nextPrivateKeyPem, publicKeyPemOf } from "./rsa-keys.ts";

export interface Decryptor {
  readonly recipients: readonly [Recipient, Recipient];
  readonly client: KMSClient;
  readonly hmacKeyArn: string;
  /** Every call that arrived at KMS, since the last time it was emptied. */
  readonly calls: KmsCall[];
  /** Called before each call is answered. */
  intercept: (call: KmsCall) => Promise<Fault | undefined>;
  readonly makeRecipient: (id: string, keySpec?: "RSA_2048" | "RSA_3072" | "RSA_4096") => Recipient;
  /** The result of a call and its audit line, or the error's name. */
  readonly call: (event: unknown, settings?: object, context?: InvocationContext) => Promise<Outcome>;
  /** A call as Lambda makes it: gives the answer, or rejects with the error. */
  readonly handle: (event: unknown, context?: InvocationContext) => Promise<unknown>;
  /** A handler that keeps what it knows from call to call. */
  readonly createHandler: (settings?: object) => (event: unknown, context?: InvocationContext) => Promise<Outcome>;
  readonly close: () => Promise<void>;
}

export interface Outcome {
  // What callers get differs by caller: tests read it as JSON.
  readonly result: Readonly<Record<string, unknown>>;
  readonly error: string | undefined;
  readonly message: string;
  readonly audit: Readonly<Record<string, unknown>>;
  readonly line: string;
}

export async function openDecryptor(): Promise<Decryptor> {
  const calls: KmsCall[] = [];
  const local = await openKms({
    intercept: async (call) => {
      if (call.operation === "CreateKey" || call.operation === "GetPublicKey") return undefined;
      calls.push(call);
      return decryptor.intercept(call);
    },
  });
  const client = new KMSClient({
    endpoint: local.kms.url,
    region: "eu-central-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "not a secret" },
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000 },
  });
  const makeRecipient: Decryptor["makeRecipient"] = (id, keySpec = "RSA_2048") => {
    const privateKeyPem = nextPrivateKeyPem(Number(keySpec.slice("RSA_".length)));
    const keyArn = local.kms.importKey({ keyId: randomUUID(), privateKeyPem });
    return createRecipient({ id, keyArn, prefix: `#${id}#`, suffix: `~${id}~` }, publicKeyPemOf(privateKeyPem));
  };
  const { KeyMetadata } = await client.send(
    new CreateKeyCommand({ KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" }),
  );
  const recipients = [makeRecipient("01"), makeRecipient("02")] as const;
  const createWith = (settings: object, log: (line: string) => void): DecryptorHandler => {
    const identities = recipients.map(({ id, keyArn, prefix, suffix }) => ({ id, keyArn, prefix, suffix }));
    const reader = parseReader({ reader: "test", recipients: identities, open: ["01", "02"], ...settings });
    return createHandler(reader, client, log);
  };
  const create: Decryptor["createHandler"] = (settings = {}) => {
    const lines: string[] = [];
    const handler = createWith(settings, (line) => lines.push(line));
    return async (event, context = {}) => {
      lines.length = 0;
      const settled = await handler(event, context).then(
        (result) => ({ result: Object(result) as Outcome["result"], error: undefined, message: "" }),
        (error: unknown) => ({
          result: {},
          error: error instanceof Error ? error.name : "",
          message: error instanceof Error ? `${error.message} ${error.stack} ${String(error.cause)}` : "",
        }),
      );
      const [line = "{}"] = lines;
      return { ...settled, line, audit: JSON.parse(line) as Outcome["audit"] };
    };
  };
  const decryptor: Decryptor = {
    recipients,
    client,
    hmacKeyArn: String(KeyMetadata?.Arn),
    calls,
    intercept: async () => undefined,
    makeRecipient,
    createHandler: create,
    handle: (event, context) => createWith({}, () => undefined)(event, context),
    call: (event, settings, context) => create(settings)(event, context),
    close: async () => {
      client.destroy();
      await local.close();
    },
  };
  return decryptor;
}

export function makeDirect(recipient: Recipient, text: string): string {
  return formatToken(recipient, recipient.encrypt(Buffer.from(text, "utf8")).toString("base64"));
}

/** A sealed token of one JSON text. */
export function makeSealed(
  recipient: Recipient,
  json: string,
  label?: string,
  key: ContentKey = createContentKey(recipient),
): string {
  return formatToken(recipient, sealJson(key, label, json));
}

/** An invocation that has so long to go. */
export function within(ms: number): InvocationContext {
  const end = Date.now() + ms;
  return { getRemainingTimeInMillis: () => end - Date.now() };
}
