/** ARNs of KMS keys: the one name of a key that KMS itself answers with. */

const keyArnPattern = /^arn:aws(?:-[a-z]+)*:kms:[a-z0-9-]+:[0-9]{12}:key\/[A-Za-z0-9-]+$/;

/** Whether a text is the ARN of a KMS key; aliases and key ids are not. */
export function isKeyArn(text: string): boolean {
  return keyArnPattern.test(text);
}

/** The account in an ARN. */
export function accountOf(keyArn: string): string {
  return keyArn.split(":")[4] ?? "";
}

/** The Region in a KMS key's ARN. */
export function regionOf(keyArn: string): string {
  return keyArn.split(":")[3] ?? "";
}

/** Whether a text is written as Regions are: eu-central-1, us-gov-west-1. */
export function isRegion(text: string): boolean {
  return /^[a-z]{2,4}(?:-[a-z]+)+-\d$/.test(text);
}
