/** ARNs of KMS keys: the one name of a key that KMS itself answers with. */

const keyArnPattern = /^arn:aws(?:-[a-z]+)*:kms:[a-z0-9-]+:[0-9]{12}:key\/[A-Za-z0-9-]+$/;

/** Whether a text is the ARN of a KMS key. ARNs of aliases and bare key ids are not. */
export function isKeyArn(text: string): boolean {
  return keyArnPattern.test(text);
}

/** The account in the ARN of a KMS key; "" where it has none. */
export function accountOf(keyArn: string): string {
  return keyArn.split(":")[4] ?? "";
}

/** The Region in the ARN of a KMS key; "" where it has none. */
export function regionOf(keyArn: string): string {
  return keyArn.split(":")[3] ?? "";
}

/** Whether a text has the form of the name of a Region: eu-central-1, us-gov-west-1. */
export function isRegion(text: string): boolean {
  return /^[a-z]{2,4}(?:-[a-z]+)+-\d$/.test(text);
}
