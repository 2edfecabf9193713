/** Measures the decryptor behind its callers: text without tokens, a batch of Redshift, an object of S3. */
import { decryptBodies } from "../core/decrypt/decrypt-texts.ts";
import type { Reader } from "../core/decrypt/reader/reader.ts";
import { formatToken } from "../core/token/grammar.ts";
import { createRecipient, type Recipient } from "../core/token/recipient.ts";
import { createContentKey, sealJson } from "../core/token/sealed-content.ts";
import type { KmsProcess } from "./kms-process.ts";
import { identityOf, openMeasuredDecryptor } from "./measured-decryptor.ts";
import { formatLines, formatMs, type Line } from "./report-lines.ts";
import { measureRounds, timeOf } from "./rounds.ts";
import { startS3Process } from "./s3-process.ts";
import { textsWithoutTokens } from "./texts.ts";

type Decryptor = ReturnType<typeof openMeasuredDecryptor>["decryptor"];

const megabyte = 1_000_000;
const rows = 5_000;
const objectBytes = 100 * megabyte;

/** The report's section on callers. */
export async function benchCallers(kms: KmsProcess, publicKeyPem: string): Promise<string> {
  const recipient = createRecipient(identityOf(kms), publicKeyPem);
  const { decryptor, reader, close } = openMeasuredDecryptor(kms);
  try {
    return formatLines("Decryptor: its callers", [
      ...(await measureScan(reader)),
      ...(await measureRedshift(decryptor, recipient)),
      ...(await measureS3(decryptor, recipient)),
    ]);
  } finally {
    close();
  }
}

/** Text without tokens, which needs no call to KMS. */
async function measureScan(reader: Reader): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for (const [what, make] of Object.entries(textsWithoutTokens)) {
    const body = Buffer.from(make());
    const scan = await measureRounds(
      [
        {
          name: "scan",
          run: () =>
            decryptBodies([{ body, contentType: undefined, onFailure: "fail" }], reader, { decrypt: async () => [] }),
        },
      ],
      9,
    );
    const rate = body.length / megabyte / (timeOf(scan, "scan") / 1_000);
    lines.push({
      what: `text without tokens, a second: ${what}`,
      value: `${Math.round(rate)} MB`,
      target: ">= 300 MB",
      reached: rate >= 300,
    });
  }
  return lines;
}

async function measureRedshift(decryptor: Decryptor, recipient: Recipient): Promise<readonly Line[]> {
  const lines: Line[] = [];
  const direct = (index: number): string =>
    formatToken(recipient, recipient.encrypt(Buffer.from(`value ${index}`)).toString("base64"));
  const keys = Array.from({ length: 50 }, () => createContentKey(recipient));
  const sealed = (index: number): string =>
    formatToken(recipient, sealJson(keys[index % 50] ?? createContentKey(recipient), undefined, `"value ${index}"`));
  const repeated = Array.from({ length: 50 }, (_, index) => direct(index));
  const batches = {
    "direct tokens": Array.from({ length: rows }, (_, index) => direct(index)),
    "sealed by 50 requests": Array.from({ length: rows }, (_, index) => sealed(index)),
    "50 direct tokens, repeated": Array.from({ length: rows }, (_, index) => repeated[index % 50] ?? ""),
  };
  for (const [name, tokens] of Object.entries(batches)) {
    const event = { external_function: "restore", num_records: rows, arguments: tokens.map((token) => [token]) };
    const started = performance.now();
    await decryptor(event);
    lines.push({
      what: `Redshift, ${rows} rows: ${name}, rows a second`,
      value: String(Math.round(rows / ((performance.now() - started) / 1_000))),
    });
  }
  return lines;
}

/** Time and memory for one object with a sealed token in each line. */
async function measureS3(decryptor: Decryptor, recipient: Recipient): Promise<readonly Line[]> {
  const lines: Line[] = [];
  const token = formatToken(recipient, sealJson(createContentKey(recipient), undefined, `"value 0"`));
  const s3 = await startS3Process(`{"id":1,"value":"${token}","note":"${"x".repeat(400)}"}\n`, objectBytes);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  });
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let highest = before;
  const watch = setInterval(() => (highest = Math.max(highest, process.memoryUsage.rss())), 20);
  const started = performance.now();
  await decryptor(
    {
      invocationSchemaVersion: "1.0",
      invocationId: "bench",
      job: { id: "bench" },
      tasks: [{ taskId: "1", s3Key: "lines.ndjson", s3VersionId: null, s3BucketArn: "arn:aws:s3:::source" }],
    },
    { getRemainingTimeInMillis: () => 600_000 },
  );
  lines.push({ what: "S3, an object of 100 MB: time", value: formatMs(performance.now() - started) });
  clearInterval(watch);
  const grown = (highest - before) / megabyte;
  lines.push({
    what: "S3, an object of 100 MB: memory",
    value: `${Math.round(grown)} MB`,
    target: "<= 256 MB",
    reached: grown <= 256,
  });
  s3.stop();
  return lines;
}
