/** The KMS key of one recipient. */
import { RemovalPolicy } from "aws-cdk-lib";
import { KeySpec as CdkKeySpec, CfnKey, Key, KeyUsage } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";
import type { KeySpec } from "./key-record.ts";
import { createKeyPolicy, type RecipientKeyPolicyProps } from "./recipient-key-policy.ts";

/** Properties of a `RecipientKey`. */
export interface RecipientKeyProps extends RecipientKeyPolicyProps {
  readonly alias: string;
  readonly keySpec: KeySpec;
  /** True for a key without material, for import. */
  readonly imported?: boolean;
}

const specs = { RSA_2048: CdkKeySpec.RSA_2048, RSA_3072: CdkKeySpec.RSA_3072, RSA_4096: CdkKeySpec.RSA_4096 } as const;

/**
 * An RSA key for encryption. It stays when somebody deletes the stack, since nobody could open its tokens without it.
 * RSA keys do not rotate. With `replicaRegions`, even an empty list, it is a multi-Region key, and stays one.
 */
export class RecipientKey extends Construct {
  readonly key: Key;

  constructor(scope: Construct, id: string, props: RecipientKeyProps) {
    super(scope, id);
    const { alias, keySpec, imported = false, replicaRegions } = props;
    this.key = new Key(this, "Key", {
      alias,
      description: "Fieldseal recipient",
      keySpec: specs[keySpec],
      keyUsage: KeyUsage.ENCRYPT_DECRYPT,
      multiRegion: replicaRegions !== undefined,
      removalPolicy: RemovalPolicy.RETAIN,
      policy: createKeyPolicy(this, props),
    });
    const { defaultChild } = this.key.node;
    if (imported && defaultChild instanceof CfnKey) defaultChild.origin = "EXTERNAL";
  }
}
