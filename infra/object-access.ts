/** What a role may do with objects in named places, and through S3 with the keys that they are encrypted with. */
import type { Stack } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { accountOf, regionOf } from "../core/token/key-arn.ts";
import type { ObjectPlace } from "./reader-plan.ts";

const verbs = {
  read: { s3: ["s3:GetObject", "s3:GetObjectVersion"], kms: ["kms:Decrypt"] },
  // Decrypt is for the parts of multipart uploads (Amazon S3 User Guide, "Protecting data with SSE-KMS").
  write: { s3: ["s3:AbortMultipartUpload", "s3:PutObject"], kms: ["kms:Decrypt", "kms:GenerateDataKey"] },
} as const;

/** Only while the bucket belongs to its account: a name that is free again could be anybody's. */
export function allowObjects(
  verb: keyof typeof verbs,
  { bucket, prefix, kmsKeyArn, account }: ObjectPlace,
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

export function objectsIn({ bucket, prefix }: Pick<ObjectPlace, "bucket" | "prefix">, partition: string): string {
  return `arn:${partition}:s3:::${bucket}/${prefix}*`;
}
