/** The KMS key of one recipient. */
import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { AccountRootPrincipal, AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { CfnKey, Key, KeySpec as CdkKeySpec, KeyUsage } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";
import type { KeySpec } from "./key-record.ts";

export interface RecipientKeyProps {
  readonly alias: string;
  readonly keySpec: KeySpec;
  /** ARN patterns of the roles that IAM may allow to decrypt or re-encrypt; nobody else can be, whatever IAM says. */
  readonly users: readonly string[];
  /** ARN pattern of the only role that may schedule the key's deletion or disable it. */
  readonly breakGlass: string;
  /** Chosen when the key is made, for ever: replicas in other Regions have the same public key. */
  readonly multiRegion?: boolean;
  /** Makes the key without material, to be imported. */
  readonly imported?: boolean;
}

const specs = { RSA_2048: CdkKeySpec.RSA_2048, RSA_3072: CdkKeySpec.RSA_3072, RSA_4096: CdkKeySpec.RSA_4096 } as const;

/** Changing and describing the key, without any use of it. */
const administration = [
  "kms:CancelKeyDeletion",
  "kms:CreateAlias",
  "kms:DeleteAlias",
  "kms:DescribeKey",
  "kms:DisableKey",
  "kms:EnableKey",
  "kms:GetKeyPolicy",
  "kms:GetParametersForImport",
  "kms:GetPublicKey",
  "kms:ImportKeyMaterial",
  "kms:ListKeyPolicies",
  "kms:ListResourceTags",
  "kms:PutKeyPolicy",
  "kms:ReplicateKey",
  "kms:ScheduleKeyDeletion",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:UpdateAlias",
  "kms:UpdateKeyDescription",
];

const use = ["kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"];

/** It stays when the stack goes: without it no token can ever be opened. RSA keys do not rotate by themselves. */
export class RecipientKey extends Construct {
  readonly key: Key;

  constructor(scope: Construct, id: string, { alias, keySpec, users, breakGlass, multiRegion = false, imported = false }: RecipientKeyProps) {
    super(scope, id);
    const { account } = Stack.of(this);
    this.key = new Key(this, "Key", {
      alias,
      description: "Fieldseal recipient",
      keySpec: specs[keySpec],
      keyUsage: KeyUsage.ENCRYPT_DECRYPT,
      multiRegion,
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
            sid: "UseByNamedRolesThatIamAllows",
            principals: [new AccountRootPrincipal()],
            actions: use,
            resources: ["*"],
            conditions: {
              ArnLike: { "aws:PrincipalArn": users },
              StringEquals: { "kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256", "kms:CallerAccount": account },
            },
          }),
          new PolicyStatement({
            sid: "NoOtherAlgorithm",
            effect: Effect.DENY,
            principals: [new AnyPrincipal()],
            actions: ["kms:Decrypt"],
            resources: ["*"],
            conditions: { StringNotEquals: { "kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256" } },
          }),
          new PolicyStatement({
            sid: "NoLossWithoutBreakGlass",
            effect: Effect.DENY,
            principals: [new AnyPrincipal()],
            actions: ["kms:DeleteImportedKeyMaterial", "kms:DisableKey", "kms:ScheduleKeyDeletion"],
            resources: ["*"],
            conditions: { ArnNotLike: { "aws:PrincipalArn": breakGlass } },
          }),
        ],
      }),
    });
    const { defaultChild } = this.key.node;
    if (imported && defaultChild instanceof CfnKey) defaultChild.origin = "EXTERNAL";
  }
}
