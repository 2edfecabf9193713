/** Where a decryptor puts the objects that it restores. */
import type { ConfigValue } from "../../config/config-value.ts";
import { isKeyArn } from "../../token/key-arn.ts";

/** A bucket, what the names of its objects begin with, and the KMS key with which S3 encrypts them. */
export interface Destination {
  readonly bucket: string;
  readonly prefix: string;
  readonly kmsKeyArn: string;
}

/**
 * Names of general purpose buckets (S3 User Guide, "General purpose bucket naming rules"). Aliases of access points
 * could name the bucket that objects come from in another way; directory buckets have another protocol.
 */
const bucketPattern = /^(?!.*(?:-s3alias|--ol-s3|--x-s3|\.mrap)$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** A destination from `{ "bucket", "prefix"?, "kmsKeyArn" }`. Throws the setting's code with place and reason. */
export function parseDestination(setting: ConfigValue): Destination {
  setting.allow("bucket", "prefix", "kmsKeyArn");
  const kmsKeyArn = setting.member("kmsKeyArn");
  if (!isKeyArn(kmsKeyArn.text())) throw kmsKeyArn.refuse("Expected the ARN of a KMS key (arn:aws:kms:…:key/…).");
  const bucket = setting.member("bucket");
  if (!bucketPattern.test(bucket.text()))
    throw bucket.refuse("Expected the name of a general purpose bucket, not an alias of an access point.");
  return { bucket: bucket.text(), prefix: setting.optional("prefix")?.text() ?? "", kmsKeyArn: kmsKeyArn.text() };
}
