/** A decryptor and an S3 for the tests of batch jobs, with events and the objects that come of them. */
import { afterAll, beforeAll, beforeEach } from "@jest/globals";
import { type LocalS3, type S3Fault, startS3 } from "../../local/s3/server.ts";
import { type Decryptor, openDecryptor } from "./decryptor.ts";

export const destination = {
  bucket: "restored-bucket",
  prefix: "clear/",
  kmsKeyArn: "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000009",
};

/** As "Invoke AWS Lambda function" in the S3 User Guide shows it. */
function eventFor(key: string, more: object = {}) {
  return {
    invocationSchemaVersion: "1.0",
    invocationId: "YXNkbGZqYWRmaiBhc2RmdW9hZHNmZGpmaGFzbGtkaGZza2RmaAo",
    job: { id: "f3cc4f60-61f6-4a2b-8a21-d07600c373ce" },
    tasks: [
      {
        taskId: "dGFza2lkZ29lc2hlcmUK",
        s3Key: encodeURIComponent(key).replaceAll("%20", "+"),
        s3VersionId: "1",
        s3BucketArn: "arn:aws:s3:::source-bucket",
      },
    ],
    ...more,
  };
}

export interface BatchTests {
  readonly decryptor: Decryptor;
  readonly s3: LocalS3;
  /** Asked before S3 answers, until the end of the test. */
  fault: (operation: string) => S3Fault | undefined;
  /** A job with one task: an object of the source bucket. */
  readonly event: typeof eventFor;
  /** The result of the only task of a job. */
  readonly result: (key: string, settings?: object, more?: object) => Promise<unknown>;
  /** The text of a copied object; `undefined` where none was written. */
  readonly restored: (key: string) => string | undefined;
}

/** Opens decryptor and S3 before the tests of a file and closes them after it. */
export function openBatch(): BatchTests {
  let decryptor: Decryptor;
  let s3: LocalS3;
  const batch: BatchTests = {
    get decryptor() {
      return decryptor;
    },
    get s3() {
      return s3;
    },
    fault: () => undefined,
    event: eventFor,
    result: async (key, settings = {}, more = {}) => {
      const { result: answer } = await decryptor.call(
        eventFor(key, more),
        JSON.parse(JSON.stringify({ destination, ...settings })) as object,
      );
      const [only] = answer["results"] as unknown[];
      return only;
    },
    restored: (key) => s3.findObject("restored-bucket", `clear/${key}`)?.body.toString("utf8"),
  };
  beforeAll(async () => {
    decryptor = await openDecryptor();
    s3 = await startS3({ port: 0, intercept: (operation) => batch.fault(operation) });
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_S3: s3.url,
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "not a secret",
    });
  });
  beforeEach(() => {
    batch.fault = () => undefined;
  });
  afterAll(async () => {
    await decryptor.close();
    await s3.close();
  });
  return batch;
}

export function rows(count: number, make: (index: number) => string): string[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
