/** The policy of a recipient's key and of its replicas. It separates administration, use and loss of the key. */
import { Stack } from "aws-cdk-lib";
import { AccountRootPrincipal, AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { FieldsealError } from "../core/errors.ts";

/** The algorithm of tokens, as a condition on the use of a key. */
export const tokenAlgorithm = { "kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256" } as const;

/** ARNs of the only roles that IAM may allow to use a key. */
export interface KeyUsers {
  readonly decrypt: readonly string[];
  readonly rewrapFrom: readonly string[];
  readonly rewrapTo: readonly string[];
}

/** The users and administrators of a recipient's key. */
export interface RecipientKeyPolicyProps {
  readonly users: KeyUsers;
  /** ARN patterns of the roles that may put the key's policy. */
  readonly administrators: readonly string[];
  /** ARN pattern of the only role that may disable the key, delete it or move its primary Region. */
  readonly breakGlass: string;
  /** The Regions to which a multi-Region key may be replicated; `undefined` for a key of one Region. */
  readonly replicaRegions?: readonly string[] | undefined;
}

/** Actions that change or describe the key without using it. Without CreateGrant: a grant bypasses this policy. */
const administration = [
  "kms:CancelKeyDeletion",
  "kms:CreateAlias",
  "kms:DeleteAlias",
  "kms:DeleteImportedKeyMaterial",
  "kms:DescribeKey",
  "kms:DisableKey",
  "kms:EnableKey",
  "kms:GetKeyPolicy",
  "kms:GetParametersForImport",
  "kms:GetPublicKey",
  "kms:ImportKeyMaterial",
  "kms:ListGrants",
  "kms:ListKeyPolicies",
  "kms:ListResourceTags",
  "kms:PutKeyPolicy",
  "kms:ScheduleKeyDeletion",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:UpdateAlias",
  "kms:UpdateKeyDescription",
];

/** The most bytes of a key policy (KMS Developer Guide, "Resource quotas"). */
const maxPolicyBytes = 32_768;

/**
 * The policy of a key. The root user may always put a new policy, so that the key stays usable if all other
 * administrators are lost. Throws `policy_invalid` for more users than a key policy can name.
 */
export function createKeyPolicy(
  scope: Construct,
  { users, administrators, breakGlass, replicaRegions }: RecipientKeyPolicyProps,
): PolicyDocument {
  const { account, partition } = Stack.of(scope);
  const isMultiRegion = replicaRegions !== undefined;
  const byAccount = (
    sid: string,
    actions: readonly string[],
    conditions: Readonly<Record<string, unknown>> = {},
  ): PolicyStatement =>
    new PolicyStatement({
      sid,
      principals: [new AccountRootPrincipal()],
      actions: [...actions],
      resources: ["*"],
      conditions,
    });
  const useBy = (sid: string, action: string, roles: readonly string[]): readonly PolicyStatement[] =>
    roles.length === 0
      ? []
      : [
          byAccount(sid, [action], {
            ArnEquals: { "aws:PrincipalArn": roles },
            StringEquals: { ...tokenAlgorithm, "kms:CallerAccount": account },
          }),
        ];
  const denyAllBut = (
    sid: string,
    actions: readonly string[],
    roles: readonly string[],
    conditions: Readonly<Record<string, unknown>> = {},
  ): PolicyStatement =>
    new PolicyStatement({
      sid,
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: [...actions],
      resources: ["*"],
      conditions: { ...conditions, ArnNotLike: { "aws:PrincipalArn": roles } },
    });
  const policy = new PolicyDocument({
    statements: [
      byAccount("AdministrationByTheAccount", [
        ...administration,
        ...(isMultiRegion ? ["kms:UpdatePrimaryRegion"] : []),
      ]),
      ...(isMultiRegion && replicaRegions.length > 0
        ? [
            byAccount("ReplicationToNamedRegions", ["kms:ReplicateKey"], {
              StringEquals: { "kms:ReplicaRegion": replicaRegions },
            }),
          ]
        : []),
      ...useBy("DecryptByNamedRolesThatIamAllows", "kms:Decrypt", users.decrypt),
      ...useBy("RewrapFromByNamedRolesThatIamAllows", "kms:ReEncryptFrom", users.rewrapFrom),
      ...useBy("RewrapToByNamedRolesThatIamAllows", "kms:ReEncryptTo", users.rewrapTo),
      new PolicyStatement({
        sid: "NoOtherAlgorithm",
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ["kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"],
        resources: ["*"],
        conditions: { StringNotEquals: tokenAlgorithm },
      }),
      // A replica has a policy of its own: whoever makes one could let anybody open tokens.
      denyAllBut(
        "PolicyByAdministratorsOnly",
        ["kms:PutKeyPolicy", "kms:ReplicateKey"],
        [...administrators, breakGlass, `arn:${partition}:iam::${account}:root`],
      ),
      denyAllBut(
        "NoLossWithoutBreakGlass",
        ["kms:DeleteImportedKeyMaterial", "kms:DisableKey", "kms:ScheduleKeyDeletion", "kms:UpdatePrimaryRegion"],
        [breakGlass],
      ),
      denyAllBut("NoExpiryWithoutBreakGlass", ["kms:ImportKeyMaterial"], [breakGlass], {
        StringEquals: { "kms:ExpirationModel": "KEY_MATERIAL_EXPIRES" },
      }),
    ],
  });
  const byteCount = Buffer.byteLength(JSON.stringify(Stack.of(scope).resolve(policy)));
  if (byteCount <= maxPolicyBytes) return policy;
  throw new FieldsealError("policy_invalid", {
    place: scope.node.path,
    reason: `The key's policy takes ${byteCount} bytes; KMS allows ${maxPolicyBytes}. Let fewer readers use the key.`,
  });
}
