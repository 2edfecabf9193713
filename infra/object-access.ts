/** IAM statements that let a role read or write objects, and use their keys through S3. */
import type { Stack } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { accountOf, regionOf } from "../core/token/key-arn.ts";
import type { ObjectPrefix } from "./reader-plan.ts";

const verbs = {
  read: { s3: ["s3:GetObject", "s3:GetObjectVersion"], kms: ["kms:Decrypt"] },
  // Decrypt is for the parts of multipart uploads (Amazon S3 User Guide, "Protecting data with SSE-KMS").
  write: { s3: ["s3:AbortMultipartUpload", "s3:PutObject"], kms: ["kms:Decrypt", "kms:GenerateDataKey"] },
} as const;

/**
 * Statements for objects under a prefix, and for their key. They require the bucket's account, since anybody can take
 * the name of a deleted bucket.
 */
export function allowObjects(
  verb: keyof typeof verbs,
  { bucket, prefix, kmsKeyArn, account }: ObjectPrefix,
  stack: Stack,
): readonly PolicyStatement[] {
  const { s3, kms } = verbs[verb];
  const owner = account ?? (kmsKeyArn === undefined ? stack.account : accountOf(kmsKeyArn));
  return [
    new PolicyStatement({
      actions: [...s3],
      resources: [objectsIn({ bucket, prefix }, stack.partition)],
      conditions: { StringEquals: { "s3:ResourceAccount": owner } },
    }),
    ...(kmsKeyArn === undefined
      ? []
      : [
          new PolicyStatement({
            actions: [...kms],
            resources: [kmsKeyArn],
            conditions: { StringEquals: { "kms:ViaService": `s3.${regionOf(kmsKeyArn)}.amazonaws.com` } },
          }),
        ]),
  ];
}

/** The ARN of all objects under a prefix, with a wildcard at its end. */
export function objectsIn({ bucket, prefix }: Pick<ObjectPrefix, "bucket" | "prefix">, partition: string): string {
  return `arn:${partition}:s3:::${bucket}/${prefix}*`;
}
