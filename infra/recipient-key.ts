/** The KMS key of one recipient. */
import { RemovalPolicy } from "aws-cdk-lib";
import { AccountRootPrincipal, Effect, AnyPrincipal, PolicyDocument, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Key, KeySpec, KeyUsage } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";

export interface RecipientKeyProps {
  readonly alias: string;
  readonly modulusOctets: 256 | 384 | 512;
}

const keySpecs = { 256: KeySpec.RSA_2048, 384: KeySpec.RSA_3072, 512: KeySpec.RSA_4096 } as const;

/** Changing and describing the key, without any use of it. */
const administration = [
  "kms:CancelKeyDeletion",
  "kms:CreateAlias",
  "kms:DeleteAlias",
  "kms:DescribeKey",
  "kms:DisableKey",
  "kms:EnableKey",
  "kms:GetKeyPolicy",
  "kms:ListKeyPolicies",
  "kms:ListResourceTags",
  "kms:PutKeyPolicy",
  "kms:ScheduleKeyDeletion",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:UpdateAlias",
  "kms:UpdateKeyDescription",
];

/** It stays when the stack goes: without it no token can ever be opened. RSA keys do not rotate by themselves. */
export class RecipientKey extends Construct {
  readonly key: Key;

  constructor(scope: Construct, id: string, { alias, modulusOctets }: RecipientKeyProps) {
    super(scope, id);
    this.key = new Key(this, "Key", {
      alias,
      description: "Fieldseal recipient",
      keySpec: keySpecs[modulusOctets],
      keyUsage: KeyUsage.ENCRYPT_DECRYPT,
      removalPolicy: RemovalPolicy.RETAIN,
      policy: new PolicyDocument({
        statements: [
          new PolicyStatement({
            sid: "AdministrationByTheAccount",
            principals: [new AccountRootPrincipal()],
            actions: administration,
            resources: ["*"],
          }),
          new PolicyStatement({
            sid: "UseByRolesThatTheAccountAllows",
            principals: [new AccountRootPrincipal()],
            actions: ["kms:Decrypt", "kms:GetPublicKey"],
            resources: ["*"],
          }),
          new PolicyStatement({
            sid: "NoOtherAlgorithm",
            effect: Effect.DENY,
            principals: [new AnyPrincipal()],
            actions: ["kms:Decrypt"],
            resources: ["*"],
            conditions: { StringNotEquals: { "kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256" } },
          }),
        ],
      }),
    });
  }
}
