/** The command behind `npm start`: starts the whole system, sends one request through it, and runs until Ctrl-C. */
import { parseArgs } from "node:util";
import { resolveArgument } from "./command/files/argument-path.ts";
import { findDifferences, formatExchange, sendSample } from "./sample-request.ts";
import { decryptorName, type SystemPorts, startSystem } from "./system.ts";

const usage =
  "Usage: npm start -- [--cloudfront PORT] [--origin PORT] [--kms PORT] [--lambda PORT]" +
  " [--data DIR] [--policy FILE]";

const defaults = { cloudfront: "4400", origin: "4401", kms: "4402", lambda: "4403", data: ".fieldseal" };

interface Options {
  readonly ports: SystemPorts;
  readonly dataDir: string;
  /** A policy whose keys are in the local KMS; `undefined` for the sample policy. */
  readonly policy: string | undefined;
}

function parseOptions(): Options {
  const { values } = parseArgs({
    options: {
      cloudfront: { type: "string", default: defaults.cloudfront },
      origin: { type: "string", default: defaults.origin },
      kms: { type: "string", default: defaults.kms },
      lambda: { type: "string", default: defaults.lambda },
      data: { type: "string", default: defaults.data },
      policy: { type: "string" },
    },
  });
  const port = (text: string): number => {
    if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
      throw new TypeError(`A port must be a number from 0 to 65535; got ${JSON.stringify(text)}.`);
    return Number(text);
  };
  return {
    ports: {
      cloudfront: port(values.cloudfront),
      origin: port(values.origin),
      kms: port(values.kms),
      lambda: port(values.lambda),
    },
    dataDir: resolveArgument(values.data),
    policy: values.policy === undefined ? undefined : resolveArgument(values.policy),
  };
}

async function main(): Promise<void> {
  const { ports, dataDir, policy } = parseOptions();
  const system = await startSystem(ports, dataDir, policy);
  const stop = (): void => {
    void system.close().then(() => process.exit(0));
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  const { cloudfrontUrl, originUrl, kmsUrl, lambdaUrl } = system;
  console.log(`CloudFront  ${cloudfrontUrl}send requests here: POST ${cloudfrontUrl}/people
Origin      ${originUrl}   see what the origin received: GET ${originUrl}/requests
KMS         ${kmsUrl}   aws kms list-keys --endpoint-url ${kmsUrl}
Decryptor   ${lambdaUrl}   aws lambda invoke --endpoint-url ${lambdaUrl} --function-name ${decryptorName} …
Data        ${dataDir}
`);
  if (policy === undefined) {
    const exchange = await sendSample(system);
    console.log(`\n${formatExchange(exchange)}\n`);
    for (const difference of findDifferences(exchange)) console.log(difference);
  }
  console.log("Press Ctrl-C to stop.");
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof TypeError) console.error(usage);
  process.exit(1);
});
