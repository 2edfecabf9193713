/**
 * Starts the whole system on one machine: local KMS, CloudFront simulator, sample origin, and the decryptor behind
 * Lambda's API.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { ConfigValue } from "../core/config/config-value.ts";
import { buildBundles } from "../infra/bundle.ts";
import { startCloudFront } from "./cloudfront/server.ts";
import type { LambdaFunction } from "./invocation.ts";
import { startKms } from "./kms/server.ts";
import { startLambda } from "./lambda/server.ts";
import { startOrigin } from "./origin/server.ts";
import { requireKmsKey } from "./recipient-key.ts";

/** The port of each part; 0 for any free one. */
export interface SystemPorts {
  readonly cloudfront: number;
  readonly origin: number;
  readonly kms: number;
  readonly lambda: number;
}

/** The running system. */
export interface LocalSystem {
  readonly cloudfrontUrl: string;
  readonly originUrl: string;
  readonly kmsUrl: string;
  readonly lambdaUrl: string;
  /** The AWS SDK's Lambda client, for the local endpoint. */
  readonly lambda: LambdaClient;
  close(): Promise<void>;
}

/** The decryptor's function name at the Lambda endpoint. */
export const decryptorName = "fieldseal-decryptor";

const region = "eu-central-1";
const samplePolicy = resolve(import.meta.dirname, "../policy/sample.json");

/** Clients need credentials to sign with. No part checks a signature. */
const credentials = { accessKeyId: "local", secretAccessKey: "local" };

/**
 * Starts every part. Keys, stored requests and bundles stay in `dataDir` over a restart. Without `ownPolicy`, it
 * creates the sample policy's keys in the local KMS, fetches them as from AWS, and builds the bundles with them. If a
 * port is in use, a policy is not valid or a file cannot be written, it stops every part and rejects.
 */
export async function startSystem(ports: SystemPorts, dataDir: string, ownPolicy?: string): Promise<LocalSystem> {
  mkdirSync(dataDir, { recursive: true });
  const stops: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  const keep = <T extends { close(): Promise<void> }>(part: T): T => {
    stops.push(() => part.close());
    return part;
  };
  try {
    const kms = keep(await startKms({ port: ports.kms, databaseFile: join(dataDir, "kms.sqlite"), region }));
    const origin = keep(await startOrigin({ port: ports.origin, databaseFile: join(dataDir, "origin.sqlite") }));
    const policyFile = ownPolicy ?? (await writeLocalPolicy(kms.url, dataDir));
    const outDir = join(dataDir, "bundles");
    const policy = await buildBundles({ policyFile, outDir });
    configureDecryptor(kms.url, policy.recipients);
    const cloudfront = keep(
      await startCloudFront({
        port: ports.cloudfront,
        originUrl: origin.url,
        handler: loadHandler(join(outDir, "edge", "index.js")),
      }),
    );
    const decryptor = loadHandler(join(outDir, "decryptor", "index.js"));
    const lambda = keep(await startLambda({ port: ports.lambda, functions: { [decryptorName]: decryptor } }));
    return {
      cloudfrontUrl: cloudfront.url,
      originUrl: origin.url,
      kmsUrl: kms.url,
      lambdaUrl: lambda.url,
      lambda: new LambdaClient({ endpoint: lambda.url, region, credentials }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Writes the sample policy with the key ARNs and public keys of the local KMS, and gives the file's path. */
async function writeLocalPolicy(kmsUrl: string, dataDir: string): Promise<string> {
  const source: unknown = JSON.parse(readFileSync(samplePolicy, "utf8"));
  const recipients = await Promise.all(
    new ConfigValue(source, "$")
      .member("recipients")
      .items(1)
      .map(async (item) => {
        const id = item.member("id").text();
        const { keyArn, publicKeyPem } = await requireKmsKey(`alias/fieldseal-${id}`, {
          endpoint: kmsUrl,
          region,
          credentials,
        });
        const publicKeyFile = `${id}.pem`;
        writeFileSync(join(dataDir, publicKeyFile), publicKeyPem);
        return {
          id,
          keyArn,
          publicKeyFile,
          prefix: item.member("prefix").text(),
          suffix: item.member("suffix").text(),
        };
      }),
  );
  const file = join(dataDir, "policy.json");
  writeFileSync(file, `${JSON.stringify({ ...Object(source), recipients }, null, 2)}\n`);
  return file;
}

/** Sets the environment that the deployed function has. */
function configureDecryptor(
  kmsUrl: string,
  recipients: readonly {
    readonly id: string;
    readonly prefix: string;
    readonly suffix: string;
    readonly keyArn: string;
  }[],
): void {
  delete process.env["AWS_PROFILE"];
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_KMS: kmsUrl,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    FIELDSEAL_READER: JSON.stringify({
      reader: "local",
      recipients: recipients.map(({ id, prefix, suffix, keyArn }) => ({ id, prefix, suffix, keyArn })),
      open: recipients.map(({ id }) => id),
    }),
  });
}

/** The `handler` of a built bundle, freshly loaded. Throws an Error if the file exports none. */
export function loadHandler(file: string): LambdaFunction {
  const require = createRequire(file);
  delete require.cache[file];
  const bundle: unknown = require(file);
  const handler: unknown = Object(bundle)["handler"];
  if (typeof handler !== "function") throw new Error(`${file} does not export a function called handler.`);
  return async (event, context) => {
    const result: unknown = await Reflect.apply(handler, undefined, [event, context]);
    return result;
  };
}
