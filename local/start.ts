/** The command behind `npm start`: brings the whole system up, shows one request through it, and stays until Ctrl-C. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { findDifferences, formatExchange, sendSample } from "./sample-request.ts";
import { decryptorName, type SystemPorts, startSystem } from "./system.ts";

const usage = `Usage: npm start -- [--cloudfront PORT] [--origin PORT] [--kms PORT] [--lambda PORT] [--data DIR] [--policy FILE]`;

const defaults = { cloudfront: "4400", origin: "4401", kms: "4402", lambda: "4403", data: ".fieldseal" };

/** npm runs scripts in the package's folder; paths are meant from where the user stands. */
const startFolder = process.env["INIT_CWD"] ?? ".";

interface Options {
  readonly ports: SystemPorts;
  readonly dataDir: string;
  /** Whose keys are in the local KMS; `undefined` for the sample. */
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
    if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new TypeError(`${JSON.stringify(text)} is not a port.`);
    return Number(text);
  };
  return {
    ports: {
      cloudfront: port(values.cloudfront),
      origin: port(values.origin),
      kms: port(values.kms),
      lambda: port(values.lambda),
    },
    dataDir: resolve(startFolder, values.data),
    policy: values.policy === undefined ? undefined : resolve(startFolder, values.policy),
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
  console.log(`CloudFront  ${system.cloudfrontUrl}   send requests here: POST ${system.cloudfrontUrl}/people
Origin      ${system.originUrl}   what got through: GET ${system.originUrl}/requests
KMS         ${system.kmsUrl}   aws kms list-keys --endpoint-url ${system.kmsUrl}
Decryptor   ${system.lambdaUrl}   aws lambda invoke --endpoint-url ${system.lambdaUrl} --function-name ${decryptorName} …
Data        ${dataDir}
`);
  if (policy === undefined) {
    const exchange = await sendSample(system);
    console.log(`\n${formatExchange(exchange)}\n`);
    for (const difference of findDifferences(exchange)) console.log(difference);
  }
  console.log("Ctrl-C stops everything.");
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof TypeError) console.error(usage);
  process.exit(1);
});
