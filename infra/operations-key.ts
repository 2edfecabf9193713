/** The symmetric key that encrypts the log groups and the alarms of a stack. */
import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { AccountRootPrincipal, PolicyDocument, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key, KeySpec } from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";

const administration = [
  "kms:CancelKeyDeletion",
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:DisableKey",
  "kms:DisableKeyRotation",
  "kms:EnableKey",
  "kms:EnableKeyRotation",
  "kms:Encrypt",
  "kms:GenerateDataKey",
  "kms:GetKeyPolicy",
  "kms:GetKeyRotationStatus",
  "kms:ListGrants",
  "kms:ListKeyPolicies",
  "kms:ListKeyRotations",
  "kms:ListResourceTags",
  "kms:PutKeyPolicy",
  "kms:ScheduleKeyDeletion",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:UpdateKeyDescription",
];

/** A rotating key for CloudWatch Logs and alarms. It stays when somebody deletes the stack. */
export class OperationsKey extends Construct {
  readonly key: Key;

  /** `logGroups` is the name pattern of the log groups. Without it, the key is for alarms only. */
  constructor(scope: Construct, id: string, { logGroups }: { readonly logGroups?: string } = {}) {
    super(scope, id);
    const { account, partition, region } = Stack.of(this);
    const ownLogs = `arn:${partition}:logs:${region}:${account}:log-group:${logGroups ?? ""}`;
    this.key = new Key(this, "Key", {
      description: "Fieldseal logs and alarms",
      keySpec: KeySpec.SYMMETRIC_DEFAULT,
      enableKeyRotation: true,
      // Log groups outlive their stack, and nobody could read them without the key.
      removalPolicy: RemovalPolicy.RETAIN,
      policy: new PolicyDocument({
        statements: [
          new PolicyStatement({
            sid: "Account",
            principals: [new AccountRootPrincipal()],
            actions: administration,
            resources: ["*"],
          }),
          ...(logGroups === undefined
            ? []
            : [
                // The actions of CloudWatch Logs (User Guide, "Encrypt log data in CloudWatch Logs").
                new PolicyStatement({
                  sid: "Logs",
                  principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
                  actions: ["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
                  resources: ["*"],
                  conditions: {
                    ArnLike: { "kms:EncryptionContext:aws:logs:arn": ownLogs },
                  },
                }),
              ]),
          // The policy of the topic limits its senders. Targets of EventBridge add their own statement.
          new PolicyStatement({
            sid: "Alarms",
            principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
            actions: ["kms:Decrypt", "kms:GenerateDataKey*"],
            resources: ["*"],
          }),
        ],
      }),
    });
  }
}
